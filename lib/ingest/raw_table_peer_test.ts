import { join } from "node:path";
import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { openBus } from "../bus/mod.ts";
import { createEvent, messageOf } from "../events/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest } from "./mod.ts";

const PROGRAM = `
import json, os, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
rows = table.to_pyarrow_table().sort_by([("_partition", "ascending"), ("_offset", "ascending")]).to_pylist()
print(json.dumps({
    "txn": table.transaction_version(sys.argv[2]),
    "columns": [field.name for field in table.schema().fields],
    "rows": [[row["_offset"], row["fit"], row["delay"], row["_reason"], row["_headers"] and row["_headers"][0]["value"].hex(),
              row["_raw"] and row["_raw"].decode(), str(row["day"]) == str(row["_bus_time"])[:10]] for row in rows],
}), flush=True)
os._exit(0)  # deltalake may abort at exit after a correct read
`;

test("delta-rs reads a topic's table: envelope, payload, what does not fit, positions", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", ["deltalake==1.6.6", "pyarrow==22.0.0"]));
  const dir = await Deno.makeTempDir();
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const schema = {
    type: "object",
    properties: { delay: { type: "integer" }, tags: { type: "array", items: { type: "string" } } },
  };
  const schemas = () => Promise.resolve(new Map([["things", { type: "t", schema }]]));
  await using ingest = await openIngest({ bus, store, key: "k", schemas });
  const { incarnation } = await bus.createTopic("things");
  const good = createEvent({ type: "t", source: "/s", data: { delay: 3, tags: ["a"] } });
  const bad = createEvent({ type: "t", source: "/s", data: { delay: "late" } });
  await bus.append("things", 0, [{ ...messageOf(good), headers: [["h", new Uint8Array([255])]] }, messageOf(bad)]);
  await ingest.flush();
  const text = await runPython(python, PROGRAM, [join(dir, "lake", "tables", "things"), `things/${incarnation}/0`]);
  const { txn, columns, rows } = JSON.parse(text) as { txn: number; columns: string[]; rows: unknown[] };
  expect(txn).toBe(2);
  expect(columns.slice(-4)).toEqual(["delay", "tags", "day", "fit"]);
  expect(rows).toEqual([
    [0, true, 3, null, "ff", null, true],
    [1, false, null, '/data/delay must be integer: got "late"', null, JSON.stringify(bad), true],
  ]);
}, 300_000);
