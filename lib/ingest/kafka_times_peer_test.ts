import { Buffer } from "node:buffer";
import { join } from "node:path";
import { Producer } from "@platformatic/kafka";
import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { openBus } from "../bus/mod.ts";
import { openLake } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest } from "./mod.ts";
import { KEY } from "./testdata/things.ts";

const kafka = useKafka();

const PROGRAM = `
import json, os, sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1]).to_pyarrow_table().sort_by("_offset")
print(json.dumps([[str(row["day"]), row["value"], row["_headers"] and row["_headers"][0]["value"].decode()]
                  for row in table.to_pylist()]), flush=True)
os._exit(0)  # deltalake may abort at exit after a correct read
`;

test("records of any stored time land in the lake, which delta-rs reads", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", ["deltalake==1.6.6", "pyarrow==22.0.0"]));
  const dir = await Deno.makeTempDir(), topic = `times-${crypto.randomUUID().slice(0, 8)}`;
  const server = ["--bootstrap-server", kafka().brokers.join()];
  const configs = ["message.timestamp.type=CreateTime", "message.timestamp.after.max.ms=9223372036854775807"];
  const create = [...server, "--create", "--topic", topic, "--partitions", "1"];
  await kafka().run(
    "org.apache.kafka.tools.TopicCommand",
    [...create, ...configs.flatMap((it) => ["--config", it])],
    "",
  );
  const times = [1n, 253_402_300_800_000n, 991_267_200_000n, 1_764_124_800_000_000_000n, 253_402_300_799_999n];
  const producer = new Producer({ clientId: "test", bootstrapBrokers: kafka().brokers });
  for (const [i, timestamp] of times.entries()) {
    await producer.send({ messages: [{ topic, partition: 0, value: Buffer.from(String(i)), timestamp }] });
  }
  await producer.close();
  await using bus = await openBus({ kind: "kafka", brokers: kafka().brokers });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  await using ingest = await openIngest({ bus, store, key: KEY, schemas: () => Promise.resolve(new Map()) });
  expect(await ingest.flush([topic])).toMatchObject([{ from: 0, to: 5, rows: 5 }]);
  const expected = [
    ["1970-01-01", "0", null],
    ["9999-12-31", "1", "253402300800000"],
    ["2001-05-31", "2", null],
    ["9999-12-31", "3", "1764124800000000000"],
    ["9999-12-31", "4", null],
  ];
  expect(JSON.parse(await runPython(python, PROGRAM, [join(dir, "lake", "tables", topic)]))).toEqual(expected);
  await using lake = await openLake({ store });
  const rows = (await lake.sql`SELECT _bus_time AS at FROM ${lake.table(topic)} ORDER BY _offset`).rows();
  expect(rows.map(({ at }) => (at as Date).toISOString())).toEqual([
    "1970-01-01T00:00:00.001Z",
    "9999-12-31T23:59:59.999Z",
    "2001-05-31T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
    "9999-12-31T23:59:59.999Z",
  ]);
  expect(await ingest.completeness(topic)).toEqual({ bus: 5, lake: 5, rejected: 0, duplicates: 0 });
}, 300_000);
