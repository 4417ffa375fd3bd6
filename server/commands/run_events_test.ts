import { expect, test } from "vitest";
import { compileSchema, STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { openRunEvents } from "./run_events.ts";

async function makeWorkbench(yaml = ""): Promise<string> {
  const root = await Deno.makeTempDir();
  await Deno.writeTextFile(`${root}/boathouse.yaml`, yaml);
  return root;
}

async function eventsOf(root: string): Promise<Record<string, unknown>[]> {
  await using workbench = openWorkbench(root);
  const bus = await workbench.bus();
  const found: Record<string, unknown>[] = [];
  for await (const batch of bus.read("run", 0, 0)) {
    for (const { value } of batch.records()) found.push((value as { data: Record<string, unknown> }).data);
    if (found.length >= 2) break;
  }
  return found;
}

const RAW = { name: "flights", table: "t", incarnation: "i", ends: { 0: 5 }, rows: 5 };
const MODEL = { name: "delay@2", model: "delay", version: "2", digest: "d" };

test("openRunEvents() tells of start and end by OpenLineage, with what was read and written", async () => {
  const root = await makeWorkbench();
  const notes: string[] = [];
  {
    await using events = openRunEvents({
      root,
      file: `${root}/notebooks/flights/1_explore.ipynb`,
      note: (line) => notes.push(line),
    });
    await events.end({
      status: "ok",
      cells: [{ inputs: [RAW] }, { inputs: [RAW, MODEL], writes: [{ table: "routes" }, { model: "delay" }] }],
    });
  }
  const [start, end] = await eventsOf(root);
  const check = compileSchema(STANDARD_EVENTS.run!.schema);
  expect([check(start), check(end)]).toEqual([null, null]);
  expect(start).toMatchObject({ eventType: "START", job: { namespace: "boathouse", name: "flights/1_explore.ipynb" } });
  expect(end).toMatchObject({
    eventType: "COMPLETE",
    run: start!.run,
    inputs: [
      {
        name: "flights",
        inputFacets: { inputStatistics: { rowCount: 5 }, boathouse_read: { incarnation: "i", ends: { 0: 5 } } },
      },
      {
        name: "model:delay",
        facets: { version: { datasetVersion: "2" } },
        inputFacets: { boathouse_read: { digest: "d" } },
      },
    ],
    outputs: [{ name: "routes" }, { name: "model:delay" }],
  });
  expect((end!.inputs as unknown[]).length).toBe(2);
  expect(notes).toEqual([]);
});

test.each([["error", "FAIL"], ["aborted", "ABORT"]])(
  "openRunEvents() tells a run of status %s as %s",
  async (status, type) => {
    const root = await makeWorkbench();
    {
      await using events = openRunEvents({ root, file: `${root}/a.ipynb`, note: () => undefined });
      await events.end({ status, cells: [] });
    }
    expect((await eventsOf(root))[1]).toMatchObject({
      eventType: type,
      job: { name: "a.ipynb" },
      inputs: [],
      outputs: [],
    });
  },
);

test("openRunEvents() notes that the bus is away, and fails nothing", async () => {
  const root = await makeWorkbench();
  await Deno.mkdir(`${root}/lake`);
  await Deno.writeTextFile(`${root}/lake/bus`, "a file, and no folder");
  const notes: string[] = [];
  await using events = openRunEvents({ root, file: `${root}/a.ipynb`, note: (line) => notes.push(line) });
  await events.end({ status: "ok", cells: [] });
  expect(notes).toEqual([expect.stringMatching(/^no event tells of this run: /)]);
});
