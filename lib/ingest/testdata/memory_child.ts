// Moves what comes into the lake, and has the bus drop it, until standard input ends.
import { openBus } from "../../bus/mod.ts";
import { openStore } from "../../store/mod.ts";
import { openIngest } from "../mod.ts";

const [dir, schemaText] = Deno.args as [string, string];
const schemas = new Map([["things", JSON.parse(schemaText)]]);
const bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
const store = await openStore({ kind: "directory", dir: `${dir}/lake` });
const ingest = await openIngest({ bus, store, key: "bench", keepMs: 0, schemas: () => Promise.resolve(schemas) });
const ending = new AbortController();
const following = ingest.follow({ signal: ending.signal, flushMs: 1000 });
for await (const _ of Deno.stdin.readable);
ending.abort();
await following;
await ingest.flush(["things"]);
Deno.exit(0);
