import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bus, openBus } from "../bus/mod.ts";
import { verifyEvent } from "../events/mod.ts";
import { readHistory } from "../lake/mod.ts";
import { lagOf, openIngest } from "./mod.ts";
import { KEY, rowsOf, type Setup, setup, thing } from "./testdata/things.ts";

const RESUME = `run "boathouse lake ingest --resume things --why TEXT"`;

async function gapsOf(bus: Bus): Promise<Record<string, unknown>[]> {
  const gaps: Record<string, unknown>[] = [];
  for await (const batch of bus.read("gap", 0, 0)) {
    for (const { value } of batch.records()) {
      expect(verifyEvent(value as never, KEY)).toBe(true);
      gaps.push((value as { data: Record<string, unknown> }).data);
    }
  }
  return gaps;
}

test("flush() stops a partition whose records were truncated before they were in the lake", async () => {
  await using t = await setup();
  const { incarnation } = await t.bus.createTopic("things", { partitions: 2 });
  for (const partition of [0, 1]) {
    await t.bus.append(
      "things",
      partition,
      [1, 2, 3].map((delay) => thing({ delay, name: "a" })),
    );
  }
  await t.bus.commit("lake", "things", 0, 2);
  await t.bus.truncate("things", 0, 2);
  for (let i = 0; i < 2; i++) {
    const reports = await t.ingest.flush(["things"]);
    expect(reports[0]).toEqual({
      topic: "things",
      partition: 0,
      from: 0,
      to: 0,
      rows: 0,
      rejected: 0,
      duplicates: 0,
      version: null,
      stopped:
        `topic "things", partition 0 was truncated before offsets 0 to 2 were in the lake: they are lost; to go on ` +
        `behind them, ${RESUME}`,
    });
    expect(reports.length).toBe(i === 0 ? 2 : 1);
  }
  const gap = { topic: "things", incarnation, partition: 0, from: 0, to: 2, reason: "retention" };
  expect(await gapsOf(t.bus)).toMatchObject([gap]);
  expect((await t.ingest.completeness("things")).lake).toBe(3);
});

test("flush() stops a partition that ends before the lake does, and a topic made anew", async () => {
  await using t = await setup();
  const { incarnation } = await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" }), thing({ delay: 2, name: "a" })]);
  await t.ingest.flush();
  await using anew = await openBus({ kind: "sqlite", dir: join(t.dir, "bus2") });
  await anew.createTopic("things");
  await anew.append("things", 0, [thing({ delay: 1, name: "a" })]);
  const schemas = () => Promise.resolve(t.schemas);
  await using ingest = await openIngest({ bus: anew, store: t.store, key: KEY, schemas });
  expect(await ingest.flush(["things"])).toMatchObject([{
    rows: 0,
    stopped:
      'topic "things", partition 0 was created anew, the lake has an older one up to offset 2: publish under another name',
  }]);
  expect(await gapsOf(anew)).toMatchObject([{ incarnation, from: 0, to: 2, reason: "recreated" }]);
  expect((await rowsOf(t.store, "things")).length).toBe(2);
});

test("flush() stops a partition whose bus was set back", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await using older = await copyOf(t, "older");
  await t.bus.append("things", 0, [thing({ delay: 2, name: "a" })]);
  await t.ingest.flush();
  const schemas = () => Promise.resolve(t.schemas);
  await using ingest = await openIngest({ bus: older, store: t.store, key: KEY, schemas });
  const [report] = await ingest.flush(["things"]);
  expect(report?.stopped).toBe(
    `topic "things", partition 0 ended at offset 1 when the lake had it up to 2: bring the bus back, or move it under a ` +
      `new name; to go on from offset 2 without what the bus has below it, ${RESUME}`,
  );
  expect(await gapsOf(older)).toMatchObject([{ from: 1, to: 2, reason: "rewound" }]);
});

test("flush() holds a partition whose bus was seen to be set back, however far it grows, until a person resumes it", async () => {
  await using t = await setup();
  const one = (delay: number) => [thing({ delay, name: "a" })];
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, one(1));
  await using older = await copyOf(t, "older");
  for (const delay of [2, 3]) await t.bus.append("things", 0, one(delay));
  await t.ingest.flush();
  await using ingest = await t.open({ bus: older });
  await ingest.flush(["things"]);
  for (const delay of [20, 30, 40]) await older.append("things", 0, one(delay));
  for (let i = 0; i < 2; i++) {
    expect(await ingest.flush(["things"])).toMatchObject([{
      rows: 0,
      to: 3,
      stopped: expect.stringContaining("offset 1"),
    }]);
  }
  expect(await gapsOf(older)).toMatchObject([{ from: 1, to: 3, reason: "rewound" }]);
  const [lag] = await lagOf(older, t.store, (await older.topics()).find(({ topic }) => topic === "things")!);
  expect(lag).toMatchObject({ committed: 3, high: 4, stopped: expect.stringContaining("up to 3") });
  expect(await ingest.resume("things", "restored from the copy of Tuesday")).toEqual(
    [{ topic: "things", partition: 0, reason: "rewound", from: 1, to: 3 }],
  );
  expect(await ingest.flush(["things"])).toMatchObject([{ from: 3, to: 4, rows: 1 }]);
  expect((await rowsOf(t.store, "things", "_partition, _offset, delay")).map(({ delay }) => Number(delay))).toEqual([
    1,
    2,
    3,
    40,
  ]);
  await expect(ingest.resume("things", "again")).rejects.toThrow(
    'Cannot resume topic "things" as one of its partitions must stand still: all go on',
  );
});

test("resume() of a bus that still ends before the lake waits until it is past it", async () => {
  await using t = await setup();
  const one = (delay: number) => [thing({ delay, name: "a" })];
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, one(1));
  await using older = await copyOf(t, "older");
  await t.bus.append("things", 0, one(2));
  await t.ingest.flush();
  await using ingest = await t.open({ bus: older, keepMs: 0 });
  await ingest.resume("things", "nobody needs it");
  expect(await ingest.flush(["things"])).toEqual([]);
  for (const delay of [20, 30]) await older.append("things", 0, one(delay));
  expect(await ingest.flush(["things"])).toMatchObject([{ from: 2, to: 3, rows: 1 }]);
});

test("resume() goes on behind what retention took, and the counts leave it out", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [1, 2, 3].map((delay) => thing({ delay, name: "a" })));
  await t.bus.commit("lake", "things", 0, 2);
  await t.bus.truncate("things", 0, 2);
  await t.ingest.flush(["things"]);
  await expect(t.ingest.resume("things", " ")).rejects.toThrow(
    'Cannot resume topic "things" as it must be told why: got ""',
  );
  const why = "retention of 7 days";
  expect(await t.ingest.resume("things", why)).toEqual(
    [{ topic: "things", partition: 0, reason: "retention", from: 0, to: 2 }],
  );
  expect(await t.ingest.flush(["things"])).toMatchObject([{ from: 2, to: 3, rows: 1 }]);
  expect(await t.ingest.completeness("things")).toEqual({ bus: 1, lake: 1, rejected: 0, duplicates: 0 });
  const [, resumed] = await readHistory(t.store, "things");
  expect(resumed).toMatchObject({ operation: "RESUME", info: { why, missing: { 0: [0, 2] } } });
  expect(await gapsOf(t.bus)).toMatchObject([{ from: 0, to: 2, reason: "retention" }]);
});

test("resume() refuses a topic that was created anew", async () => {
  await using t = await setup();
  await t.bus.createTopic("things");
  await t.bus.append("things", 0, [thing({ delay: 1, name: "a" })]);
  await t.ingest.flush();
  await using anew = await openBus({ kind: "sqlite", dir: join(t.dir, "bus2") });
  await anew.createTopic("things");
  await using ingest = await t.open({ bus: anew });
  await expect(ingest.resume("things", "why not")).rejects.toThrow(
    'Cannot resume topic "things" as the lake must know it: topic "things", partition 0 was created anew, the lake has ' +
      "an older one up to offset 1: publish under another name",
  );
});

async function copyOf({ dir }: Setup, name: string): Promise<Bus> {
  await Deno.mkdir(join(dir, name));
  for (const file of Deno.readDirSync(join(dir, "bus"))) {
    if (file.isFile) await Deno.copyFile(join(dir, "bus", file.name), join(dir, name, file.name));
  }
  return await openBus({ kind: "sqlite", dir: join(dir, name) });
}
