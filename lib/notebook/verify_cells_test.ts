import { expect, test } from "vitest";
import { type Output, verifyNotebook } from "./mod.ts";
import { expectVerdicts, type Row, STALE_FROM_LOAD } from "./testdata/expect_verdicts.ts";
import { CODE, NOTEBOOK, openBench, PARAMETERS, type Raw } from "./testdata/stamped_workbench.ts";

const FAILED: Output[] = [
  { output_type: "error", ename: "Interrupted", evalue: "the cell was interrupted", traceback: [] },
];

const TABLE: Row[] = [
  { edit: "nothing", apply: () => {}, expected: {} },
  {
    edit: "white space in a cell",
    apply: (b) => b.source("fit", "fitRidge(rows);", "fitRidge(\n  rows\n);"),
    expected: {},
  },
  { edit: "comment in a cell", apply: (b) => b.source("load", /^/, "// all flights\n"), expected: {} },
  {
    edit: "source without a run",
    apply: (b) => b.source("fit", "fitRidge(rows)", "fitRidge(rows, 2)"),
    expected: { fit: "dirty", check: "stale" },
    reasons: {
      fit: "its source was edited after its run",
      check: `cell "fit" was edited after this cell ran (check → fit)`,
    },
  },
  {
    edit: "source edited, then put back",
    apply: (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      b.source("fit", "(rows, 2)", "(rows)");
    },
    expected: {},
  },
  {
    edit: "upstream edited, only downstream run again",
    apply: async (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      await b.run(["check"]);
    },
    expected: { fit: "dirty", check: "stale", alone: "out of order" },
    reasons: { alone: `cell "check" above it ran after it` },
  },
  {
    edit: "upstream edited and run again, downstream not",
    apply: async (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      await b.run(["fit"]);
    },
    expected: { chart: "out of order", check: "stale", alone: "out of order" },
    reasons: { check: `cell "fit" was edited after this cell ran (check → fit)` },
  },
  {
    edit: "upstream edited and run again with all below it",
    apply: async (b) => {
      b.source("fit", "(rows)", "(rows, 2)");
      await b.run(["fit", "chart", "check", "alone"]);
    },
    expected: {},
  },
  {
    edit: "source at the far end of a chain",
    apply: (b) => b.source("load", "SELECT *", "SELECT delay"),
    expected: { ...STALE_FROM_LOAD, load: "dirty" },
    reasons: { check: `cell "load" was edited after this cell ran (check → fit → load)` },
  },
  {
    edit: "cell that does not parse",
    apply: (b) => b.source("fit", "const model", "const const model ("),
    expected: { fit: "dirty", check: "stale" },
  },
  {
    edit: "independent cells reordered",
    apply: (b) => b.cells((cells) => move(cells, "alone", "top")),
    expected: { top: "out of order", fit: "out of order", chart: "out of order", check: "out of order" },
    reasons: { top: `cell "alone" above it ran after it` },
  },
  {
    edit: "a cell moved above what it needs",
    apply: (b) => b.cells((cells) => move(cells, "fit", "load")),
    expected: { load: "out of order", top: "out of order", fit: "stale", chart: "stale", check: "stale" },
    reasons: {
      fit: `cell "load" no longer gives it a value`,
      chart: `cell "load" ran out of order (delay-by-hour → load)`,
    },
  },
  {
    edit: "upstream cell deleted",
    apply: (b) => b.cells((cells) => cells.filter((cell) => cell.id !== "load")),
    expected: { top: "stale", fit: "stale", chart: "stale", check: "stale" },
    reasons: {
      top: `cell "load" is gone (top → load)`,
      check: `cell "load" is gone`,
    },
  },
  {
    edit: "cell deleted that nothing needs",
    apply: (b) => b.cells((cells) => cells.filter((cell) => cell.id !== "top")),
    expected: {},
  },
  {
    edit: "cell inserted in between that redefines a name",
    apply: (b) => b.cells((cells) => insert(cells, "fit", { id: "again", code: "const rows = [];" })),
    expected: { again: "never run", fit: "stale", chart: "stale", check: "stale" },
    reasons: { fit: `cell "again" now gives it a value (fit → again)` },
  },
  {
    edit: "cell inserted in between that pushes into a value",
    apply: (b) => b.cells((cells) => insert(cells, "fit", { id: "again", code: "rows.extra = 1;" })),
    expected: { again: "never run", fit: "stale", chart: "stale", check: "stale" },
  },
  {
    edit: "cell inserted that nothing needs",
    apply: (b) => b.cells((cells) => insert(cells, "fit", { id: "again", code: "2 + 2" })),
    expected: { again: "never run" },
    reasons: { again: "no run of it is recorded" },
  },
  {
    edit: "outputs removed",
    apply: (b) => b.cell("chart", (cell) => Object.assign(cell, { outputs: [], execution_count: null })),
    expected: { chart: "never run" },
    reasons: { chart: "its outputs were removed" },
  },
  {
    edit: "digests taken out of a record",
    apply: (b) => b.cell("chart", (cell) => delete cell.metadata.boathouse.digests),
    expected: { chart: "dirty" },
    reasons: { chart: "the digests in its record were edited after its run" },
  },
  {
    edit: "outputs of an upstream cell removed",
    apply: (b) => b.cell("fit", (cell) => Object.assign(cell, { outputs: [], execution_count: null })),
    expected: { fit: "never run", check: "stale" },
    reasons: { check: `cell "fit" has no run (check → fit)` },
  },
  {
    edit: "run again by a kernel that records nothing",
    apply: (b) => b.cell("fit", (cell) => Object.assign(cell, { execution_count: 31 })),
    expected: { fit: "out of order", check: "stale" },
    reasons: { fit: "it ran again without a record: execution count 31, recorded run 6" },
  },
  {
    edit: "execution order wrong",
    apply: (b) => b.run(["fit"]).then(() => b.run(["load"])),
    expected: {
      top: "out of order",
      fit: "out of order",
      chart: "out of order",
      check: "out of order",
      alone: "out of order",
    },
    reasons: { fit: `cell "load" above it ran after it`, top: `cell "load" above it ran after it` },
  },
  {
    edit: "provenance removed",
    apply: (b) => b.cell("fit", (cell) => delete cell.metadata.boathouse),
    expected: { fit: "never run", check: "stale" },
  },
  {
    edit: "run that ended in an error",
    apply: (b) => b.run(["fit"], PARAMETERS, {}, { fit: FAILED }),
    expected: { fit: "never run", chart: "out of order", check: "stale", alone: "out of order" },
    reasons: { fit: "it did not run to its end: Interrupted", check: `cell "fit" has no run (check → fit)` },
  },
  {
    edit: "run from top to bottom whose last cell ended in an error",
    apply: (b) => b.run(CODE, PARAMETERS, {}, { alone: FAILED }),
    expected: { alone: "never run" },
    reasons: { alone: "it did not run to its end: Interrupted" },
  },
  {
    edit: "run that ended in an error, as it was meant to",
    apply: async (b) => {
      b.cell("alone", (cell) => (cell.metadata.tags = ["raises-exception"]));
      await b.run(["alone"], PARAMETERS, {}, { alone: FAILED });
    },
    expected: {},
  },
  {
    edit: "directive",
    apply: (b) => b.source("chart", "delay-by-hour", "delay-by-day"),
    expected: { chart: "dirty" },
  },
  { edit: "Markdown", apply: (b) => b.source("question", "delay", "lateness"), expected: {} },
  { edit: "tags", apply: (b) => b.cell("alone", (cell) => (cell.metadata.tags = ["remove_input"])), expected: {} },
  { edit: "written again in another layout", apply: (b) => b.cells((cells) => cells), expected: {} },
];

function move(cells: Raw[], id: string, before: string): Raw[] {
  const moved = cells.find((cell) => cell.id === id);
  return cells.filter((cell) => cell.id !== id).flatMap((cell) => cell.id === before ? [moved, cell] : [cell]);
}

function insert(cells: Raw[], before: string, { id, code }: { id: string; code: string }): Raw[] {
  const added = { cell_type: "code", id, metadata: {}, source: code, outputs: [], execution_count: null };
  return cells.flatMap((cell) => cell.id === before ? [added, cell] : [cell]);
}

test.each(TABLE)("verifyNotebook() after edit: $edit", expectVerdicts);

test("verifyNotebook() names file and cell for duplicate ids", async () => {
  const bench = await openBench();
  bench.cell("alone", (cell) => (cell.id = "fit"));
  const file = bench.path(NOTEBOOK);
  await expect(verifyNotebook(file, { root: bench.root })).rejects.toThrow(
    new TypeError(`Cannot read notebook "${file}" as ids of cells must be unique: cells 7 and 10 are both "fit"`),
  );
});

test("stampProvenance() gives the same bytes for the same run", async () => {
  const [one, two] = [await openBench(), await openBench()];
  expect(Deno.readTextFileSync(one.path(NOTEBOOK))).toBe(Deno.readTextFileSync(two.path(NOTEBOOK)));
  await one.run(CODE);
  expect(Deno.readTextFileSync(one.path(NOTEBOOK))).toBe(Deno.readTextFileSync(two.path(NOTEBOOK)));
});
