import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { notebookDigest } from "./_digests.ts";
import { type CellVerdicts, openSources, verifyNotebook } from "./mod.ts";
import { CODE_EDITS } from "./testdata/edits/code_edits.ts";
import { editNotebook, type Expected } from "./testdata/edits/edit.ts";
import { FILE_EDITS } from "./testdata/edits/file_edits.ts";
import { NEUTRAL_EDITS } from "./testdata/edits/neutral_edits.ts";
import { type Random, randomOf } from "./testdata/edits/random.ts";
import { type RecordEdit, recordEdits } from "./testdata/edits/record_edits.ts";
import { RESULT_EDITS } from "./testdata/edits/result_edits.ts";
import { type MadeWorkbench, makeWorkbench, NOTEBOOK, readerOf, ROOT } from "./testdata/edits/workbench.ts";

const SEED = 20_011_231;
const WORKBENCHES = 8;
const NEUTRAL = 1_000;

const REAL_EDITS = [...CODE_EDITS, ...FILE_EDITS, ...RESULT_EDITS];

async function made(count: number): Promise<{ made: MadeWorkbench; random: Random }[]> {
  const seeds = Array.from({ length: count }, (_, index) => randomOf(SEED + index));
  return await Promise.all(seeds.map(async (random) => ({ random, made: await makeWorkbench(random) })));
}

function copyOf(made: MadeWorkbench): MadeWorkbench {
  return { ...made, files: new Map(made.files) };
}

async function verify({ files }: MadeWorkbench): Promise<CellVerdicts[]> {
  const readFile = readerOf(files);
  const sources = await openSources(ROOT, { readFile });
  return await verifyNotebook(join(ROOT, NOTEBOOK), {
    root: ROOT,
    from: join(ROOT, dirname(NOTEBOOK)),
    readFile,
    sources,
  });
}

/** What was found and should not have been, or was not found; null where all is as expected. */
function fault(verdicts: readonly CellVerdicts[], { says, cell, exact }: Expected): string | null {
  const bad = verdicts.filter(({ code }) => code.verdict !== "fresh");
  const named = bad.some((one) => (cell === undefined || one.cell === cell) && one.code.reason.includes(says));
  const told = bad.map(({ cell, code }) => `${cell} is ${code.verdict}: ${code.reason}`).join("\n    ");
  if (!named) return `nothing says "${says}"${cell ? ` of ${cell}` : ""}:\n    ${told}`;
  const ids = bad.map((one) => one.cell).sort().join();
  if (!exact || ids === [...exact].sort().join()) return null;
  return `not fresh must be ${[...exact].sort().join()}:\n    ${told}`;
}

test("verifyNotebook() finds and names every real edit", async () => {
  const faults: string[] = [];
  const counts = new Map(REAL_EDITS.map(({ kind }) => [kind, 0]));
  for (const [index, { made: bench, random }] of (await made(WORKBENCHES)).entries()) {
    expect((await verify(bench)).map(({ code }) => code.verdict)).toEqual(bench.cells.map(() => "fresh"));
    for (const { kind, apply } of REAL_EDITS) {
      const edited = copyOf(bench);
      const expected = apply(edited, random);
      if (!expected) continue;
      counts.set(kind, counts.get(kind)! + 1);
      const found = fault(await verify(edited), expected);
      if (found) faults.push(`workbench ${index}, ${kind}: ${found}`);
    }
  }
  const edits = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${edits} real edits of ${counts.size} kinds, ${edits - faults.length} found and named`);
  expect(faults.join("\n")).toBe("");
  for (const [kind, count] of counts) expect(count, kind).toBeGreaterThan(0);
}, 300_000);

test("verifyNotebook() finds and names every edit of every recorded field", async () => {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  for (const [index, { made: bench, random }] of (await made(WORKBENCHES)).entries()) {
    for (const { kind, apply, expected } of recordEdits(bench, random)) {
      const edited = copyOf(bench);
      apply(edited);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const found = await recordFault(edited, expected);
      if (found) faults.push(`workbench ${index}, ${kind}: ${found}`);
    }
  }
  const edits = [...counts.values()].reduce((sum, count) => sum + count, 0);
  console.log(`${edits} edits of records of ${counts.size} kinds, ${edits - faults.length} found and named`);
  expect(faults.join("\n")).toBe("");
  expect([...counts.keys()].filter((kind) => /^\w+\.\w+ removed$/.test(kind)).sort()).toEqual(FIELDS);
}, 300_000);

/** What runs record. */
const FIELDS = [
  ...["boathouse", "deno", "digest", "inputs", "parameters", "schema", "seal"].map((field) =>
    `notebook.${field} removed`
  ),
  ...["digests", "findings", "imports", "inputs", "modules", "order", "packages", "parameters", "source", "unproven"]
    .map((field) => `cell.${field} removed`),
  ...["upstream", "writes"].map((field) => `cell.${field} removed`),
].sort();

async function recordFault(edited: MadeWorkbench, { refused, ...expected }: RecordEdit["expected"]) {
  try {
    return fault(await verify(edited), expected);
  } catch (error) {
    const { message } = error as Error;
    return error instanceof TypeError && message.includes(refused) ? null : `nothing says "${refused}": ${message}`;
  }
}

test("verifyNotebook() takes no neutral edit for a real one", async () => {
  const alarms: string[] = [];
  const counts = new Map(NEUTRAL_EDITS.map(({ kind }) => [kind, 0]));
  const benches = await made(WORKBENCHES);
  let edits = 0;
  for (let turn = 0; edits < NEUTRAL; turn++) {
    const { made: bench, random } = benches[turn % benches.length]!;
    const { kind, apply } = NEUTRAL_EDITS[turn % NEUTRAL_EDITS.length]!;
    const edited = copyOf(bench);
    if (!apply(edited, random)) continue;
    edits++;
    counts.set(kind, counts.get(kind)! + 1);
    const bad = (await verify(edited)).filter(({ code }) => code.verdict !== "fresh");
    alarms.push(...bad.map(({ cell, code }) => `${kind}: ${cell} is ${code.verdict}: ${code.reason}`));
  }
  console.log(`${edits} neutral edits of ${counts.size} kinds, ${alarms.length} false alarms`);
  expect(alarms.join("\n")).toBe("");
  // Not every place has, say, an arrow function.
  const places = Map.groupBy(counts, ([kind]) => kind.replace(/ in (a cell|imports|a module)$/, ""));
  for (const [kind, found] of places) expect(found.some(([, count]) => count > 0), kind).toBe(true);
}, 300_000);

test("verifyNotebook() finds the same behind a seal as without one", async () => {
  for (const { made: bench } of await made(2)) {
    for (const { kind, apply } of [{ kind: "nothing", apply: () => null }, ...FILE_EDITS]) {
      const [sealed, plain] = [copyOf(bench), copyOf(bench)];
      editNotebook(plain, ({ metadata }) => {
        const { seal: _, ...record } = metadata.boathouse;
        metadata.boathouse = { ...record, digest: notebookDigest(record) };
      });
      for (const edited of [sealed, plain]) apply(edited, randomOf(SEED));
      expect(await verify(plain), kind).toEqual(await verify(sealed));
    }
  }
});
