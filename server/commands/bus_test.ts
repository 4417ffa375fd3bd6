import { expect, test } from "vitest";
import { testBench } from "./_test_bench.ts";

const rides = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `{"line":"U${(from + i) % 9}","n":${from + i}}\n`).join("");

test("bus publish tells how many records are durable before a bad line, and publishes none behind it", async () => {
  await using bench = await testBench();
  await bench.write("rides.ndjson", `${rides(0, 1500)}{"line":\n${rides(1500, 3000)}`);
  const result = await bench.run(["bus", "publish", "rides", "rides.ndjson", "--key", "line"]);
  expect(result).toMatchObject({ code: 1, out: "" });
  expect(result.lines).toHaveLength(1);
  expect(result.lines[0]).toMatch(
    /^boathouse: Cannot publish rides\.ndjson:1501 as it must be JSON: .*; 1500 records are durable, nothing after them$/,
  );
  expect(await bench.json("bus", "topics")).toMatchObject([{ topic: "rides", partition: 0, first: 0, next: 1500 }]);
});

test("bus publish makes no topic of a file whose first line is bad", async () => {
  await using bench = await testBench();
  const result = await bench.run(["bus", "publish", "rides"], { stdin: new Uint8Array([0xff, 0x0a]) });
  expect(result.lines).toEqual([
    "boathouse: Cannot publish standard input:1 as it must be UTF-8: byte 1 of the line is not; nothing was published",
  ]);
  expect(await bench.json("bus", "topics")).toEqual([]);
});

test("bus publish names the line of a record that is too large, and publishes what is before it", async () => {
  await using bench = await testBench();
  const large = JSON.stringify({ text: "x".repeat(1_000_000) });
  await bench.write("rides.ndjson", `${rides(0, 2)}\n${large}\n${rides(2, 4)}`);
  const result = await bench.run(["bus", "publish", "rides", "rides.ndjson"]);
  expect(result.code).toBe(1);
  expect(result.lines[0]).toMatch(
    /Cannot publish rides\.ndjson:4 as its record must have at most 1000000 bytes of key, headers and value: got 1000011; .*; 2 records are durable, nothing after them$/,
  );
});

test.each([
  [
    "a name with two dots",
    ["a..b"],
    /^boathouse: Cannot name topic as it must hold no "\.\." and end with no dot: got "a\.\.b"/,
  ],
  ["a name that means rejected records", ["rides_dlq"], /^boathouse: Cannot name topic as it must not end in "_dlq"/],
  [
    "a name of the lake's own",
    ["boathouse_pins"],
    /^boathouse: Cannot name topic as it must not begin with "boathouse_"/,
  ],
  [
    "a name with a slash",
    ["a/b"],
    /^boathouse: Cannot name topic as it must have 1 to 249 of a-z 0-9 _ . - and start with a letter or digit: got "a\/b"/,
  ],
  ["a reserved topic", ["control"], /Cannot publish to "control" as the topic is reserved/],
  [
    "a missing file",
    ["rides", "none.ndjson"],
    /Cannot publish "none\.ndjson" as it must be a file that can be read: there is none; check the path$/,
  ],
  ["a folder", ["rides", "."], /Cannot publish "\." as it must be a file that can be read: it is a folder$/],
])("bus publish refuses %s in one line and makes no topic", async (_what, args, message) => {
  await using bench = await testBench();
  const result = await bench.run(["bus", "publish", ...args]);
  expect(result).toMatchObject({ code: 1, out: "" });
  expect(result.lines).toHaveLength(1);
  expect(result.lines[0]).toMatch(message);
  expect(await bench.json("bus", "topics")).toEqual([]);
});

test("numbers past 2^53 pass bus and lake digit by digit", async () => {
  await using bench = await testBench();
  const text = '{"n":9007199254740993,"small":-9223372036854775808}';
  expect(await bench.run(["bus", "publish", "big", "-"], { stdin: text })).toMatchObject({ code: 0 });
  const { out } = await bench.run(["bus", "tail", "big", "--from", "0", "--limit", "1"]);
  expect(out).toContain(`"value":${text}}`);
  await bench.json("lake", "ingest");
  expect(await bench.json("lake", "sql", "SELECT value FROM big")).toEqual([{ value: text }]);
});

test("bus tail prints whole lines from an offset or a time, and ends at its limit", async () => {
  await using bench = await testBench();
  await bench.run(["bus", "publish", "rides"], { stdin: rides(0, 3) });
  const first = await bench.run(["bus", "tail", "rides", "--from", "0", "--limit", "3"]);
  expect(first).toMatchObject({ code: 0, lines: [] });
  const records = first.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2]);
  expect(records[0]).toEqual({
    topic: "rides",
    partition: 0,
    offset: 0,
    key: null,
    busTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    eventTime: null,
    headers: [],
    producer: null,
    sequence: null,
    value: { line: "U0", n: 0 },
  });
  const again = await bench.json("bus", "tail", "rides", "--from", records[0].busTime, "--limit", "2");
  expect(again).toEqual(records.slice(0, 2));
});

test("bus tail ends without a word when its reader does, and on an interrupt", async () => {
  await using bench = await testBench();
  await bench.run(["bus", "publish", "rides"], { stdin: rides(0, 20_000) });
  const main = new URL("../../boathouse.ts", import.meta.url).pathname;
  const tail = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, "bus", "tail", "rides", "--from", "0"],
      cwd: bench.dir,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const closed = tail();
  const reader = closed.stdout.getReader();
  await reader.read();
  await reader.cancel();
  expect(await closed.status).toMatchObject({ code: 0 });
  expect(await new Response(closed.stderr).text()).toBe("");
  const interrupted = tail();
  const waiting = interrupted.stdout.getReader();
  for (let text = ""; !text.includes('"offset":19999'); text += new TextDecoder().decode((await waiting.read()).value));
  interrupted.kill("SIGINT");
  expect(await interrupted.status).toMatchObject({ code: 0 });
  expect(await new Response(interrupted.stderr).text()).toBe("");
});

test.each([
  [
    "an offset or time that is none",
    ["--from", "yesterday"],
    /option '--from <offset\|time>' argument 'yesterday' is invalid\. It must be a time/,
  ],
  [
    "a limit that is no number",
    ["--limit", "all"],
    /option '--limit <n>' argument 'all' is invalid\. It must be a whole number; see boathouse --help$/,
  ],
])("bus tail calls %s wrong usage", async (_what, args, message) => {
  await using bench = await testBench();
  const result = await bench.run(["bus", "tail", "rides", ...args]);
  expect(result).toMatchObject({ code: 2, out: "" });
  expect(result.lines[0]).toMatch(message);
});

test("bus tail refuses a topic that is not there", async () => {
  await using bench = await testBench();
  const result = await bench.run(["bus", "tail", "rides"]);
  expect(result.code).toBe(1);
  expect(result.lines).toEqual([expect.stringMatching(/^boathouse: Cannot read "rides"/)]);
});
