import { afterAll, beforeAll, expect, test } from "vitest";
import { readNotebook, writeNotebook } from "../../lib/notebook/mod.ts";
import { makeRuns, outputsOf, type TempRuns } from "./_temp_runs.ts";

let runs: TempRuns;
beforeAll(async () => void (runs = await makeRuns()));
afterAll(() => runs[Symbol.asyncDispose]());

const LOG = `Deno.writeTextFileSync("log.txt", import.meta.id, { append: true });`;
/** Says in a file that it ran. */
const said = (name: string, source: string) => `${LOG.replace("import.meta.id", JSON.stringify(name))}\n${source}`;

async function ranIn(act: () => Promise<unknown>): Promise<string> {
  await Deno.writeTextFile(`${runs.root}/notebooks/log.txt`, "");
  await act();
  return await Deno.readTextFile(`${runs.root}/notebooks/log.txt`);
}

/** Changes the source of one cell as a person would, in the file. */
async function edit(file: string, from: string, to: string): Promise<void> {
  const notebook = readNotebook(await Deno.readTextFile(file), file);
  const cells = notebook.cells.map((cell) => ({ ...cell, source: cell.source.replace(from, to) }));
  expect(cells).not.toEqual(notebook.cells);
  await Deno.writeTextFile(file, writeNotebook({ ...notebook, cells }));
}

const resume = (file: string) => runs.run(file, { out: file, resume: true });
const statusesOf = ({ report }: { report: { cells: { status: string }[] } }) =>
  report.cells.map(({ status }) => status);

test("a run resumes at the cell that failed, and runs of the cells above only those that are needed", async () => {
  const cells = [
    said("a", "const a = 1;"),
    said("b", "const b = 2;\nb"),
    said("c", "console.log(a);"),
    said("d", "throw new Error(String(b));"),
    "b + 1",
  ];
  const file = await runs.write("failed", ...cells);
  await runs.run(file, { out: file });
  await edit(file, "throw new Error(String(b));", "b * 10");
  let resumed;
  expect(await ranIn(async () => void (resumed = await resume(file)))).toBe("bd");
  expect(resumed!.report).toMatchObject({
    status: "ok",
    resumed: { cell: "c3", reason: "it failed: Error" },
    cells: [{ status: "kept" }, { status: "again" }, { status: "kept" }, { status: "ok" }, { status: "ok" }],
  });
  expect(outputsOf(resumed!)[3]).toMatchObject([{ data: { "text/plain": "20" } }]);
  const whole = await runs.run(file);
  expect(resumed!.text).toBe(whole.text);
});

test("a run resumes at the first cell that was edited or has never run, and runs all below", async () => {
  const file = await runs.write("edited", said("a", "const a = 1;"), said("b", "const b = 5;\nb"), said("c", "a"));
  await runs.run(file, { out: file });
  await edit(file, "const b = 5;", "const b = 6;");
  expect(await ranIn(() => resume(file))).toBe("abc");
  expect(await ranIn(async () => expect(statusesOf(await resume(file))).toEqual(["kept", "kept", "kept"]))).toBe("");
  const text = await Deno.readTextFile(file);
  expect((await resume(file)).report).toMatchObject({ status: "ok", resumed: null });
  expect(await Deno.readTextFile(file)).toBe(text);
});

test("a run that never was resumes at its first cell", async () => {
  const { report } = await resume(await runs.write("fresh", "1", "2"));
  expect(report).toMatchObject({ status: "ok", resumed: { cell: "c0", reason: "no run of it is recorded" } });
});

test("a run goes on further up, where a cell that is run again shows something else than before", async () => {
  const count = `import { existsSync } from "node:fs"; const n = Number(Deno.readTextFileSync("n.txt"));\nn`;
  const file = await runs.write(
    "moved",
    said("a", "const a = 2;"),
    said("b", count),
    said("c", "n * a"),
    said("d", "throw n"),
  );
  await Deno.writeTextFile(`${runs.root}/notebooks/n.txt`, "1");
  await runs.run(file, { out: file });
  await Deno.writeTextFile(`${runs.root}/notebooks/n.txt`, "5");
  await edit(file, "throw n", "n");
  let resumed;
  expect(await ranIn(async () => void (resumed = await resume(file)))).toBe("babcd");
  expect(resumed!.report.resumed).toEqual({ cell: "c1", reason: "run again, it shows something else than before" });
  expect(statusesOf(resumed!)).toEqual(["again", "ok", "ok", "ok"]);
  expect(outputsOf(resumed!)[2]).toMatchObject([{ data: { "text/plain": "10" } }]);
});

test("a run goes on at a cell of chance that a kept cell has used, and runs it again where none has", async () => {
  const cells = [`import { unproven } from "boathouse"`, `unproven("clock"); const now = 7;`, "now + 1", "throw now"];
  const used = await runs.write("chance", ...cells);
  await runs.run(used, { out: used });
  await edit(used, "throw now", "now");
  const { report } = await resume(used);
  expect(report.resumed).toEqual({
    cell: "c1",
    reason: `it reads the clock or randomness, and cell "c2" below uses its value`,
  });
  const alone = await runs.write("chance-alone", ...cells.with(2, "2"));
  await runs.run(alone, { out: alone });
  await edit(alone, "throw now", "now");
  expect(statusesOf(await resume(alone))).toEqual(["again", "again", "kept", "ok"]);
});

test("a resumed run keeps its snapshot and its parameters, and refuses others", async () => {
  const file = await runs.write(
    "snapshot",
    `import { pin, read } from "boathouse"`,
    { source: "const n = 1;", tags: ["parameters"] },
    `read({ name: "t", table: "t", incarnation: "i", ends: { 0: n }, rows: n }); n`,
    "throw n",
  );
  await runs.run(file, { out: file, parameters: { n: 4 } });
  await edit(file, "throw n", "JSON.stringify([pin.tables, n])");
  const resumed = await resume(file);
  expect(statusesOf(resumed)).toEqual(["again", "kept", "again", "kept", "ok"]);
  expect(outputsOf(resumed)[4]).toMatchObject([
    { data: { "text/plain": `'[{"t":{"incarnation":"i","ends":{"0":4},"version":-1}},4]'` } },
  ]);
  expect(resumed.notebook.metadata.boathouse).toMatchObject({ parameters: { n: 4 } });
  const other = runs.run(file, { resume: true, parameterTexts: { n: "5" } });
  await expect(other).rejects.toThrow(RangeError);
  await expect(other).rejects.toThrow(`Cannot resume notebook "${file}" as it must keep the parameters of its run`);
});

test("a resumed run asks an edited schema again, with the parameters of its run", async () => {
  const schema =
    `import { z } from "boathouse"; export const Parameters = z.object({ at: z.date() }); const at = new Date(0);`;
  const file = await runs.write("schema", { source: schema, tags: ["parameters"] }, "at.getTime()");
  await runs.run(file, { out: file, parameterTexts: { at: "1970-01-02" } });
  await edit(file, "z.date()", "z.date().max(new Date(1))");
  await expect(resume(file)).rejects.toThrow("at: Too big");
  await edit(file, "new Date(1)", "new Date(1e9)");
  expect(outputsOf(await resume(file))[2]).toMatchObject([{ data: { "text/plain": "86400000" } }]);
});

test("an interrupted run resumes, and one that is interrupted again loses nothing", async () => {
  const file = await runs.write("again", "const a = await wait(); a", "'kept'", "a");
  const wait = `globalThis.wait = () => 1;`;
  await edit(file, "const a", `${wait} const a`);
  const abort = new AbortController();
  const onCell = ({ id }: { id: string }) => id === "c1" && abort.abort();
  const first = await runs.run(file, { out: file, signal: abort.signal, onCell });
  expect(statusesOf(first)).toEqual(["ok", "ok", "skipped"]);
  const again = new AbortController();
  const stopped = await runs.run(file, {
    out: file,
    resume: true,
    signal: again.signal,
    onProgress: () => again.abort(),
  });
  expect(stopped.report.status).toBe("aborted");
  expect(statusesOf(stopped)).toEqual(["again", "kept", "skipped"]);
  expect(readNotebook(stopped.text, file).cells.slice(0, 2)).toEqual(first.notebook.cells.slice(0, 2));
  expect(statusesOf(await resume(file))).toEqual(["again", "kept", "ok"]);
});
