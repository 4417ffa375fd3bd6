import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type CellRun,
  type CodeCell,
  finding,
  findingsOf,
  isCode,
  type Notebook,
  type NotebookRun,
  provenanceOf,
  readNotebook,
  stampProvenance,
  writeNotebook,
} from "./mod.ts";
import { digestCell, sealOf } from "./_digests.ts";
import { cellProvenanceOf } from "./provenance.ts";
import { notebookOf } from "./testdata/sketch.ts";

const NOTHING: CellRun = { outputs: [], inputs: [], unproven: [] };
const HASH = expect.stringMatching(/^[0-9a-f]{64}$/);
const RAW = { table: "flights", incarnation: "7f", ends: { "0": 10, "1": 12 }, rows: 22 };

async function stamp(notebook: Notebook, cells: Record<string, Partial<CellRun>>, more: Partial<NotebookRun> = {}) {
  const root = await Deno.makeTempDir();
  const runs = new Map(Object.entries(cells).map(([id, run]) => [id, { ...NOTHING, ...run }]));
  await Deno.writeTextFile(join(root, "deno.json"), `{"version": "0.1.0"}`);
  return await stampProvenance(notebook, { cells: runs, ...more }, { root, from: root });
}

function code(notebook: Notebook, id: string): CodeCell {
  return notebook.cells.filter(isCode).find((cell) => cell.id === id)!;
}

const TWO = notebookOf([{ id: "a", code: "const rows = 1;" }, { id: "b", code: "rows + until" }]);

test("stampProvenance() records what the run of a notebook had", async () => {
  const stamped = await stamp(TWO, { a: { inputs: [{ name: "flights", ...RAW }] }, b: {} }, {
    parameters: { until: "2001-05-01" },
  });
  expect(provenanceOf(stamped)).toEqual({
    schema: 1,
    deno: Deno.version.deno,
    boathouse: "0.1.0",
    parameters: { until: "2001-05-01" },
    inputs: { flights: RAW },
    seal: HASH,
    digest: HASH,
  });
  const a = cellProvenanceOf(code(stamped, "a"))!;
  expect(a).toEqual({
    source: HASH,
    upstream: {},
    modules: {},
    packages: {},
    parameters: [],
    inputs: ["flights"],
    order: 1,
    digests: { outputs: HASH, reads: HASH, record: HASH },
  });
  const b = cellProvenanceOf(code(stamped, "b"))!;
  expect(b).toMatchObject({ upstream: { a: a.source }, parameters: [`until="2001-05-01"`], inputs: [], order: 2 });
});

test("stampProvenance() holds neither time nor commit, and leaves the notebook as it was", async () => {
  const timed = structuredClone(TWO);
  code(timed, "a").metadata = { tags: ["x"], execution: { "iopub.status.busy": "2026-01-01T00:00:00Z" } };
  const before = JSON.stringify(timed);
  const stamped = await stamp(timed, { a: {}, b: {} });
  expect(JSON.stringify(timed)).toBe(before);
  expect(JSON.stringify(stamped)).not.toMatch(/20\d\d-/);
  expect(Object.keys(code(stamped, "a").metadata)).toEqual(["tags", "boathouse"]);
});

test("stampProvenance() counts results by the order of running", async () => {
  const result = {
    output_type: "execute_result" as const,
    data: { "text/plain": "1" },
    metadata: {},
    execution_count: 99,
  };
  const stamped = await stamp(TWO, { b: { outputs: [result] }, a: {} });
  expect([code(stamped, "a").execution_count, code(stamped, "b").execution_count]).toEqual([2, 1]);
  expect(code(stamped, "b").outputs).toEqual([{ ...result, execution_count: 1 }]);
});

test("stampProvenance() keeps one name for each thing that cells of different runs read", async () => {
  const later = { ...RAW, ends: { "0": 20, "1": 22 }, rows: 42 };
  const all = await stamp(TWO, {
    a: { inputs: [{ name: "flights", ...RAW }] },
    b: { inputs: [{ name: "flights", ...RAW }] },
  });
  expect(Object.keys(provenanceOf(all)!.inputs)).toEqual(["flights"]);
  const some = await stamp(all, { b: { inputs: [{ name: "flights", ...later }] } });
  expect(provenanceOf(some)!.inputs).toEqual({ flights: RAW, "flights#2": later });
  expect(cellProvenanceOf(code(some, "b"))!.inputs).toEqual(["flights#2"]);
  const again = await stamp(some, { a: { inputs: [{ name: "flights", ...later }] } });
  expect(provenanceOf(again)!.inputs).toEqual({ flights: later });
  expect(cellProvenanceOf(code(again, "b"))!.inputs).toEqual(["flights"]);
});

test("stampProvenance() forgets parameters of earlier runs when all cells ran", async () => {
  const first = await stamp(TWO, { a: {}, b: {} }, { parameters: { until: 1 } });
  expect(provenanceOf(await stamp(first, { b: {} }))!.parameters).toEqual({ until: 1 });
  expect(provenanceOf(await stamp(first, { a: {}, b: {} }))!.parameters).toEqual({});
});

test("stampProvenance() seals what was run from top to bottom, as it is written and read again", async () => {
  const shown = { output_type: "display_data" as const, data: { "text/plain": "1\n2" }, metadata: {} };
  const stamped = await stamp(TWO, { a: { outputs: [shown] }, b: {} }, { parameters: { until: 1 } });
  const read = readNotebook(writeNotebook(stamped), "two");
  const cells = read.cells.filter(isCode).map((cell) => ({ cell, digests: digestCell(cell) }));
  expect(provenanceOf(read)!.seal).toBe(sealOf(read, cells));
  for (const ran of [{ a: {} }, { b: {}, a: {} }]) {
    expect(provenanceOf(await stamp(TWO, ran))).not.toHaveProperty("seal");
  }
});

test("stampProvenance() of some cells leaves an edited record edited, of all cells mends it", async () => {
  const first = await stamp(TWO, { a: {}, b: {} }, { parameters: { until: 1 } });
  const record = first.metadata.boathouse as { parameters: object };
  const edited = { ...first, metadata: { boathouse: { ...record, parameters: { until: 1, other: 2 } } } };
  for (const before of [edited, await stamp(edited, { b: {} })]) {
    expect(provenanceOf(await stamp(before, { b: {} }))).not.toHaveProperty("digest");
    expect(provenanceOf(await stamp(before, { a: {}, b: {} }))).toMatchObject({ digest: HASH, parameters: {} });
  }
  expect(provenanceOf(await stamp(first, { b: {} }))).toMatchObject({ digest: HASH });
});

test("stampProvenance() names a finding's values by their expressions", async () => {
  const source = "finding`Worst at ${worst.hour}:00, ${worst.delay.toFixed(1)} minutes (${worst\n  .hour}).`";
  const shown = finding`Worst at ${18}:00, ${"8.9"} minutes (${18}).`[Symbol.for("Jupyter.display")]!();
  const output = { output_type: "execute_result" as const, data: shown, metadata: {}, execution_count: 1 };
  const stamped = await stamp(notebookOf([{ id: "a", code: source }]), { a: { outputs: [output] } });
  const values = { "worst.hour": 18, "worst.delay.toFixed(1)": "8.9", "worst .hour": 18 };
  expect(findingsOf(stamped)).toEqual([{ cell: "a", text: "Worst at 18:00, 8.9 minutes (18).", values }]);
});

test("stampProvenance() keeps positions where the source does not show the template", async () => {
  const shown = finding`${1} is ${2}`[Symbol.for("Jupyter.display")]!();
  const output = { output_type: "display_data" as const, data: shown, metadata: {} };
  for (const source of ["show()", "finding`${a} was ${b}`", "finding`${i++} is ${i++}`"]) {
    const stamped = await stamp(notebookOf([{ id: "a", code: source }]), { a: { outputs: [output] } });
    expect(findingsOf(stamped)[0]!.values).toEqual({ 0: 1, 1: 2 });
  }
});

test("stampProvenance() records by name, once, what a cell wrote", async () => {
  const writes = [{ table: "routes" }, { model: "delay" }, { table: "routes" }];
  const stamped = await stamp(TWO, { a: { writes }, b: {} });
  expect(cellProvenanceOf(code(stamped, "a"))!.writes).toEqual(["model:delay", "table:routes"]);
  expect(cellProvenanceOf(code(stamped, "b"))).not.toHaveProperty("writes");
});

test("stampProvenance() records once what is unproven", async () => {
  const stamped = await stamp(TWO, { a: { unproven: ["random", "clock", "random"] }, b: {} });
  expect(cellProvenanceOf(code(stamped, "a"))!.unproven).toEqual(["clock", "random"]);
  expect(cellProvenanceOf(code(stamped, "b"))).not.toHaveProperty("unproven");
});

test("stampProvenance() refuses a cell that the notebook does not have", async () => {
  await expect(stamp(TWO, { c: {} })).rejects.toThrow(
    new RangeError(`Cannot stamp the run of cell "c" as the notebook must have it: no such code cell`),
  );
});

test("provenanceOf() refuses a malformed record", () => {
  const broken = { ...TWO, metadata: { boathouse: { schema: 1 } } };
  expect(() => provenanceOf(broken)).toThrow(TypeError);
  expect(() => provenanceOf(broken)).toThrow(
    /^Cannot read provenance of the notebook as metadata\.boathouse\.deno must be valid: .*; run the notebook again$/,
  );
  expect(() => provenanceOf({ ...TWO, metadata: { boathouse: { schema: 2, more: 1 } } })).toThrow(
    "Cannot read provenance of the notebook as metadata.boathouse.schema must be 1: got 2, of another Boathouse; " +
      "update this one or run the notebook again",
  );
  const cell = { ...code(TWO, "a"), metadata: { boathouse: { source: 1 } } };
  expect(() => cellProvenanceOf(cell)).toThrow(
    /^Cannot read provenance of cell "a" as metadata\.boathouse\.source must be/,
  );
});

test("stampProvenance() keeps what people say of a notebook's cells, which is no record", async () => {
  const said = { permissions: ["--allow-read=."], memoryMb: 512 };
  const notebook = { ...TWO, metadata: { boathouse: said } };
  expect(provenanceOf(notebook)).toBe(null);
  const stamped = await stamp(notebook, { a: {}, b: {} });
  expect(stamped.metadata.boathouse).toMatchObject({ schema: 1, ...said });
  expect(provenanceOf(stamped)).not.toBe(null);
  expect(provenanceOf({ ...TWO, metadata: {} })).toBe(null);
  expect(() => provenanceOf({ ...TWO, metadata: { boathouse: { ...said, schema: 2 } } })).toThrow(TypeError);
  expect(() => provenanceOf({ ...TWO, metadata: { boathouse: {} } })).toThrow(TypeError);
});
