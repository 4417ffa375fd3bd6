import { afterAll, beforeAll, expect, test } from "vitest";
import { type KafkaPeer, startKafka } from "../../_tools/peers/kafka.ts";
import { requirePeer } from "../../_tools/peers/python.ts";
import { startProxy } from "../../_tools/peers/s3_proxy.ts";
import { type S3Server, startS3 } from "../../_tools/peers/seaweedfs.ts";
import { type TestBench, testBench } from "./_test_bench.ts";

let peers: Promise<[KafkaPeer, S3Server, TestBench]>;
beforeAll(() => {
  peers = start();
  peers.catch(() => {}); // each test says why it is skipped
});
afterAll(async () => {
  for (const peer of await peers.catch(() => [])) await peer[Symbol.asyncDispose]();
}, 120_000);

async function start(): Promise<[KafkaPeer, S3Server, TestBench]> {
  const [kafka, s3] = await Promise.all([startKafka(), startS3()]);
  const env = {
    BOATHOUSE_BUS: `kafka://${kafka.brokers.join()}`,
    BOATHOUSE_LAKE: `s3://${await s3.bucket()}/team?endpoint=${s3.endpoint}`,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  };
  return [kafka, s3, await testBench({ env })];
}

interface Finding {
  part: string;
  name: string;
  state: string;
  detail: string;
}

const broken = (out: string) => (JSON.parse(out) as Finding[]).filter(({ state }) => state === "broken");

test("the verbs of bus and lake do on Kafka and S3 what they do on a laptop", async (context) => {
  const [, , bench] = await requirePeer(context, () => peers);
  const rides = Array.from({ length: 2_500 }, (_, n) => JSON.stringify({ line: `U${n % 9}`, n })).join("\n");
  await bench.write("rides.ndjson", `${rides}\n{"line":"U1","n":9007199254740993}\n{"line":\n`);
  const published = await bench.run(["bus", "publish", "rides", "rides.ndjson", "--key", "line"]);
  expect(published.code).toBe(1);
  expect(published.lines[0]).toMatch(
    /rides\.ndjson:2502 as it must be JSON: .*; 2501 records are durable, nothing after them$/,
  );
  expect(await bench.json("bus", "topics")).toMatchObject([{ topic: "rides", partition: 0, first: 0, next: 2_501 }]);
  const tail = await bench.run(["bus", "tail", "rides", "--from", "2500", "--limit", "1"]);
  expect(tail).toMatchObject({ code: 0, lines: [] });
  expect(tail.out).toContain('"value":{"line":"U1","n":9007199254740993}');

  const count = "SELECT count(*) AS n, max((value->>'n')::BIGINT)::VARCHAR AS newest FROM rides";
  expect(await bench.json("lake", "sql", count)).toEqual([{ n: 2_501, newest: "9007199254740993" }]);
  expect(await bench.json("lake", "tables")).toMatchObject([{ name: "rides", version: null, lag: 2_501 }]);
  expect(await bench.json("lake", "ingest")).toMatchObject([{
    topic: "rides",
    rows: 2_501,
    rejected: 0,
    stopped: null,
  }]);
  expect(await bench.json("lake", "tables")).toMatchObject([{ name: "rides", rows: 2_501, version: 0, lag: 0 }]);
  expect(await bench.json("lake", "sql", count)).toEqual([{ n: 2_501, newest: "9007199254740993" }]);
  expect(await bench.json("lake", "show", "rides")).toMatchObject({ rows: 2_501, history: [{ operation: "INGEST" }] });

  const findings = await bench.json("doctor") as Finding[];
  const stateOf = (name: string) => findings.find((finding) => finding.name === name)?.state;
  expect(stateOf("put-if-absent")).toBe("proved");
  expect(stateOf('topic "rides": bus time')).toBe("proved");
  expect(findings.find(({ part, name }) => part === "topics" && name === "rides")?.detail).toBe(
    "complete in the lake: 2501 records = 2501 rows + 0 that do not fit + 0 duplicates",
  );
}, 300_000);

test("wrong credentials and a bucket that is not there end in one line, and doctor tells the rest", async (context) => {
  const [, s3, bench] = await requirePeer(context, () => peers);
  const wrong = { AWS_SECRET_ACCESS_KEY: "wrong" };
  const tables = await bench.run(["lake", "tables"], { env: wrong });
  expect(tables).toMatchObject({ code: 1, out: "" });
  expect(tables.lines).toHaveLength(1);
  expect(tables.lines[0]).toMatch(/SignatureDoesNotMatch.*set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  const none = { BOATHOUSE_LAKE: `s3://no-such-bucket?endpoint=${s3.endpoint}` };
  expect((await bench.run(["lake", "tables"], { env: none })).lines[0]).toMatch(/make the bucket "no-such-bucket"/);
  const doctor = await bench.run(["doctor", "--json"], { env: wrong });
  expect(doctor.code).toBe(1);
  expect(broken(doctor.out)).toMatchObject([{ part: "lake", name: "connection" }]);
  expect(doctor.out).toContain("acks=all");
}, 300_000);

test("a broker that is away is waited for with a word, then the verb ends; doctor tells the rest", async (context) => {
  const [, , bench] = await requirePeer(context, () => peers);
  const away = { BOATHOUSE_BUS: "kafka://127.0.0.1:9" };
  const [topics, doctor] = await Promise.all([
    bench.run(["bus", "topics"], { env: away }),
    bench.run(["doctor", "--json"], { env: away }),
  ]);
  expect(topics).toMatchObject({ code: 1, out: "" });
  expect(topics.lines[0]).toMatch(/^kafka:\/\/127\.0\.0\.1:9 does not answer yet: .*; trying for \d+ s more$/);
  expect(topics.lines.length).toBeLessThan(10);
  expect(topics.lines.at(-1)).toMatch(
    /^boathouse: Cannot open bus "kafka:\/\/127\.0\.0\.1:9" as a broker .* must answer within/,
  );
  expect(doctor.code).toBe(1);
  expect(broken(doctor.out)).toMatchObject([{ part: "bus", name: "connection" }]);
  expect(doctor.out).toContain("put-if-absent");
}, 300_000);

test("a bucket that ignores conditions is read-only, and says so", async (context) => {
  const [, s3, bench] = await requirePeer(context, () => peers);
  await bench.run(["bus", "publish", "plain"], { stdin: "1\n2\n" });
  await bench.json("lake", "ingest");
  await bench.run(["bus", "publish", "plain"], { stdin: "3\n" });
  await using proxy = await startProxy(s3);
  proxy.fault = ({ headers }) => "if-none-match" in headers ? "unconditional" : "pass";
  const env = { BOATHOUSE_LAKE: `${bench.env.BOATHOUSE_LAKE!.split("?")[0]}?endpoint=${proxy.endpoint}` };
  const ingest = await bench.run(["lake", "ingest"], { env });
  expect(ingest.code).toBe(1);
  expect(ingest.lines.at(-1)).toMatch(/^boathouse: Cannot .* is read-only: a second put/);
  const sql = await bench.run(["lake", "sql", "SELECT count(*) AS n FROM plain", "--format", "csv"], { env });
  expect(sql).toMatchObject({ code: 0, out: "n\r\n3\r\n" });
  const doctor = await bench.run(["doctor", "--json"], { env });
  expect(doctor.code).toBe(1);
  expect(broken(doctor.out)).toMatchObject([{ part: "lake", name: "put-if-absent" }]);
}, 300_000);

test("several processes ingest together, and one that is killed is replaced by the others", async (context) => {
  const [, , bench] = await requirePeer(context, () => peers);
  const topics = ["a", "b", "c", "d"];
  await using first = bench.spawn(["start", "--role", "ingest"]);
  await using second = bench.spawn(["start", "--role", "ingest"]);
  for (const topic of topics) await bench.run(["bus", "publish", topic], { stdin: "1\n".repeat(500) });
  first.kill("SIGKILL");
  const waiting = async () => {
    const tables = await bench.json("lake", "tables") as { name: string; lag: number }[];
    return tables.filter(({ name, lag }) => topics.includes(name) && lag > 0);
  };
  await expect.poll(waiting, { timeout: 240_000, interval: 5_000 }).toEqual([]);
  const counts = topics.map((topic) => `SELECT count(*) AS n, count(DISTINCT _offset) AS d FROM ${topic}`).join(
    " UNION ALL ",
  );
  expect(await bench.json("lake", "sql", counts)).toEqual(topics.map(() => ({ n: 500, d: 500 })));
  second.kill("SIGTERM");
  expect((await second.status).code).toBe(0);
}, 400_000);
