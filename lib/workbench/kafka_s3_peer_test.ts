import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { useS3 } from "../../_tools/peers/use_s3.ts";
import type { Message } from "../bus/mod.ts";
import { registerTopic } from "../control/mod.ts";
import { openWorkbench, type Workbench } from "./workbench.ts";

const kafka = useKafka(), s3 = useS3();
const root = Deno.makeTempDirSync();
afterAll(() => Deno.remove(root, { recursive: true }));

const SPEC = {
  type: "flights.flight.v1",
  schema: {
    type: "object",
    required: ["route", "delay"],
    properties: { route: { type: "string" }, delay: { type: "integer" } },
  },
  key: "/route",
  partitions: 2,
};

function flights(from: number, to: number): Message[] {
  return Array.from({ length: to - from }, (_, i) => {
    const n = from + i, route = `ORD-${n % 7}`, time = new Date(Date.UTC(2001, 0, 1) + n * 1000);
    const data = { route, delay: n };
    const event = {
      specversion: "1.0",
      id: `f${n}`,
      source: "/tests",
      type: SPEC.type,
      time: time.toISOString(),
      data,
    };
    return { key: route, eventTimeMicros: time.getTime() * 1000, value: event };
  });
}

async function onKafkaAndS3(bucket: string): Promise<() => Workbench> {
  const { endpoint, region, credentials } = s3();
  await Deno.writeTextFile(
    join(root, "boathouse.yaml"),
    `bus: kafka://${kafka().brokers.join(",")}\nlake: s3://${bucket}/lake?endpoint=${endpoint}&region=${region}\n`,
  );
  Deno.env.set("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  Deno.env.set("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
  return () => openWorkbench(root);
}

const TOTALS = "SELECT count(*) AS n, sum(delay) AS total FROM flights";

test("a workbench on Kafka and S3 publishes, ingests, queries with the tail, writes and is opened again", async (context) => {
  const bucket = await s3().bucket(), open = await onKafkaAndS3(bucket);
  const reason = { by: "tests", why: "to see it work" };
  {
    await using workbench = open();
    const bus = await workbench.bus(), store = await workbench.store();
    await registerTopic({ control: await workbench.control(), store, bus }, "flights", SPEC, reason);
    await bus.publish("flights", flights(0, 1000));
    const reports = await (await workbench.ingest()).flush();
    expect(reports.filter(({ topic }) => topic === "flights").reduce((sum, { rows }) => sum + rows, 0)).toBe(1000);
    await bus.publish("flights", flights(1000, 1200)); // the tail
    const lake = await workbench.lake();
    expect((await lake.query(TOTALS)).rows()).toEqual([{ n: 1200, total: 1200 * 1199 / 2 }]);
    const byRoute = await lake.query("SELECT route, avg(delay) AS delay FROM flights GROUP BY route ORDER BY route");
    await lake.write("route_delay", byRoute, { mode: "append" });
  }
  await using workbench = open();
  await (await workbench.ingest()).flush();
  const lake = await workbench.lake();
  expect((await lake.query(TOTALS)).rows()).toEqual([{ n: 1200, total: 1200 * 1199 / 2 }]);
  const expected = (await lake.query("SELECT route, delay FROM route_delay ORDER BY route")).rows();
  expect(expected).toHaveLength(7);
  const local = await Array.fromAsync(Deno.readDir(root), ({ name }) => name);
  expect(local.toSorted()).toEqual(["boathouse.yaml", "lake"]);
  const python = await requirePeer(context, () => pythonEnv("deltalake", ["deltalake==1.6.6", "pyarrow==22.0.0"]));
  const { endpoint, credentials } = s3();
  const read = JSON.parse(
    await runPython(python, DELTA_RS, [JSON.stringify({ bucket, endpoint, ...credentials })]),
  );
  expect(read).toEqual({ route_delay: expected, flights: { rows: 1200, total: 1200 * 1199 / 2 } });
});

const DELTA_RS = `
import json, os, sys
from deltalake import DeltaTable
at = json.loads(sys.argv[1])
options = {"AWS_ENDPOINT_URL": at["endpoint"], "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1",
           "AWS_ACCESS_KEY_ID": at["accessKeyId"], "AWS_SECRET_ACCESS_KEY": at["secretAccessKey"]}
table = lambda name: DeltaTable(f"s3://{at['bucket']}/lake/tables/{name}", storage_options=options).to_pyarrow_table()
flights = table("flights")
print(json.dumps({"route_delay": table("route_delay").sort_by("route").to_pylist(),
                  "flights": {"rows": flights.num_rows, "total": sum(flights.column("delay").to_pylist())}}), flush=True)
os._exit(0)  # deltalake may abort at exit after a correct read
`;
