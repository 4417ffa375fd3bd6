import { expect, test } from "vitest";
import type { CodeCell, Notebook } from "./notebook.ts";
import { recordedPin, recordedRun } from "./recorded_run.ts";
import { type CellRun, stampProvenance } from "./stamp.ts";

const place = { root: Deno.cwd(), from: Deno.cwd() };
const cell = (id: string): CodeCell => {
  return { cell_type: "code", id, metadata: {}, source: `"${id}"`, outputs: [], execution_count: null };
};
const raw = { name: "flights", table: "t1", incarnation: "i", ends: { "0": 5 }, rows: 5 };
const derived = { name: "means", table: "t2", version: 3, digest: "d" };

async function stamped(runs: Record<string, Partial<CellRun>>): Promise<Notebook> {
  const notebook: Notebook = { cells: Object.keys(runs).map(cell), metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const none: CellRun = { outputs: [], inputs: [], unproven: [] };
  const cells = Object.entries(runs).map(([id, run]): [string, CellRun] => [id, { ...none, ...run }]);
  return await stampProvenance(notebook, { cells: new Map(cells) }, place);
}
const runOf = (notebook: Notebook, at: number) => recordedRun(notebook, notebook.cells[at] as CodeCell);

test("recordedRun() gives what was stamped", async () => {
  const output = { output_type: "stream" as const, name: "stdout" as const, text: "x\n" };
  const run: CellRun = {
    outputs: [output],
    inputs: [raw, { name: "m@champion", model: "m", version: "2", digest: "e" }],
    unproven: ["clock"],
    writes: [{ table: "means" }, { model: "m" }],
  };
  const notebook = await stamped({ a: run, b: { inputs: [{ ...raw, ends: { "0": 9 }, rows: 9 }] } });
  const read = runOf(notebook, 0)!;
  expect(read).toEqual({ ...run, writes: [{ model: "m" }, { table: "means" }] });
  expect(runOf(notebook, 1)?.inputs).toEqual([{ ...raw, ends: { "0": 9 }, rows: 9 }]);
  expect(await stampProvenance(notebook, { cells: new Map([["a", read], ["b", runOf(notebook, 1)!]]) }, place))
    .toEqual(notebook);
  expect(recordedRun(notebook, cell("c"))).toBe(null);
});

test("recordedPin() pins what was read in one state and is not written by the notebook itself", async () => {
  const pinned = await stamped({
    a: { inputs: [raw, derived, { ...derived, name: "own" }, { name: "m@1", model: "m", version: "1", digest: "e" }] },
    b: { inputs: [raw, { ...derived, name: "moved" }, { ...derived, name: "means@2" }], writes: [{ table: "own" }] },
    c: { inputs: [{ ...derived, name: "moved", version: 4 }, { ...derived, name: "delta:/data/a@b" }] },
  });
  expect(recordedPin(pinned)).toEqual({
    tables: {
      flights: { incarnation: "i", ends: { "0": 5 }, version: -1 },
      means: { version: 3 },
      "delta:/data/a@b": { version: 3 },
    },
  });
});
