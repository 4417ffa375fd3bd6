import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bus, openBus } from "../bus/mod.ts";
import { verifyEvent } from "../events/mod.ts";
import { openIngest } from "./mod.ts";
import { KEY, rowsOf, type Setup, setup, thing } from "./testdata/things.ts";

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
      stopped: 'topic "things", partition 0 was truncated before offsets 0 to 2 were in the lake',
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
    'topic "things", partition 0 ends at offset 1, the lake has it up to 2: bring the bus back, or move it under a new name',
  );
  expect(await gapsOf(older)).toMatchObject([{ from: 1, to: 2, reason: "rewound" }]);
});

async function copyOf({ dir }: Setup, name: string): Promise<Bus> {
  await Deno.mkdir(join(dir, name));
  for (const file of Deno.readDirSync(join(dir, "bus"))) {
    if (file.isFile) await Deno.copyFile(join(dir, "bus", file.name), join(dir, name, file.name));
  }
  return await openBus({ kind: "sqlite", dir: join(dir, name) });
}
