// Moves what is on the bus into the lake, over and over, until it is killed.
import { openBus } from "../../bus/mod.ts";
import { openStore } from "../../store/mod.ts";
import { openIngest } from "../mod.ts";

const [dir, type, schemaText] = Deno.args as [string, string, string];
const schemas = new Map([["things", { type, schema: JSON.parse(schemaText) }]]);
const bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
const store = await openStore({ kind: "directory", dir: `${dir}/lake` });
const ingest = await openIngest({ bus, store, key: "secret", schemas: () => Promise.resolve(schemas) });
console.log("ready");
for (;;) {
  for (const { partition, from, to } of await ingest.flush()) console.log(`moved ${partition} ${from} ${to}`);
}
