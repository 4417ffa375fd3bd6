import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DemoLake, makeDemoLake } from "../../_tools/peers/demo_lake.ts";
import { installPapermillPackage, type Jupyter, withEnv } from "../../_tools/peers/jupyter.ts";
import { useJupyter } from "../../_tools/peers/use_jupyter.ts";
import { isCode, readNotebook, verifyNotebook } from "../../lib/notebook/mod.ts";
import { runNotebook } from "../runner/mod.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const FLIGHTS = join(ROOT, "notebooks", "flights");
const NOTEBOOKS = ["1_explore.ipynb", "2_train.ipynb", "3_evaluate.ipynb"];
const LIMIT_MS = 600_000;

const given = useJupyter();
let lake: DemoLake | undefined, jupyter: Jupyter, folder = "", out = "";
beforeAll(async () => {
  if (!given()) return;
  lake = await makeDemoLake();
  jupyter = withEnv(await installPapermillPackage(given()), lake.env);
  [folder, out] = [join(jupyter.folder, "flights"), join(jupyter.folder, "out")];
  for (const path of [folder, out]) await Deno.mkdir(path);
  for (const name of [...NOTEBOOKS, "additive_model.ts"]) await Deno.copyFile(join(FLIGHTS, name), join(folder, name));
  // In this order: the last reads the models that the second registers.
  await jupyter.tool("jupyter-nbconvert", [
    "--execute",
    "--to",
    "notebook",
    "--output-dir",
    out,
    ...NOTEBOOKS.map((name) => join(folder, name)),
  ]);
}, LIMIT_MS);
afterAll(() => lake?.[Symbol.asyncDispose]());

/** What each code cell shows, as the reader of notebooks understands it. */
async function shown(file: string) {
  const { cells } = readNotebook(await Deno.readTextFile(file), basename(file));
  return cells.filter(isCode).filter(({ source }) => source !== "").map(({ outputs, execution_count }) => ({
    outputs,
    execution_count,
  }));
}

test.each(NOTEBOOKS)("nbconvert keeps of %s what a run of ours keeps", async (name) => {
  const ours = join(out, `ours-${name}`);
  const env = { ...Deno.env.toObject(), ...lake!.env };
  expect((await runNotebook(join(folder, name), { root: ROOT, out: ours, child: { env } })).status).toBe("ok");
  const cells = await shown(join(out, name));
  expect(cells.length).toBeGreaterThan(10);
  expect(cells).toEqual(await shown(ours));
}, LIMIT_MS);

test("nbconvert makes a page with plots, tables and findings, and a program", async () => {
  const file = join(out, NOTEBOOKS[0]!);
  await jupyter.tool("jupyter-nbconvert", ["--to", "html", file]);
  const page = await Deno.readTextFile(file.replace(".ipynb", ".html"));
  expect(page.match(/src="data:image\/svg\+xml;base64,/g)).toHaveLength(4);
  expect(page).toContain(`Of ${lake!.flights} flights`);
  expect(page).toContain("<table");
  await jupyter.tool("jupyter-nbconvert", ["--to", "script", file]);
  expect(await Deno.readTextFile(file.replace(".ipynb", ".ts"))).toContain(
    'import { finding, open } from "boathouse";',
  );
}, LIMIT_MS);

test("results of another program do not pass as those of a recorded run", async () => {
  const file = join(folder, "again.ipynb");
  await Deno.copyFile(join(out, NOTEBOOKS[0]!), file);
  const verdicts = (await verifyNotebook(file, { root: ROOT })).map(({ code }) => code.verdict);
  const recorded = (await shown(join(FLIGHTS, NOTEBOOKS[0]!))).map((cell) => JSON.stringify(cell));
  const differs = (await shown(file)).map((cell, at) => JSON.stringify(cell) !== recorded[at]);
  expect(differs.filter(Boolean).length).toBeGreaterThan(10);
  expect(verdicts.filter((verdict, at) => differs[at] && verdict === "fresh")).toEqual([]);
});

test("papermill runs a notebook of the demo with another parameter", async () => {
  const file = join(out, "march.ipynb");
  await jupyter.tool("papermill", [
    join(folder, NOTEBOOKS[0]!),
    file,
    "--cwd",
    folder,
    "--no-progress-bar",
    "-p",
    "until",
    "2001-04-01",
  ]);
  const cells = await shown(file), all = await shown(join(out, NOTEBOOKS[0]!));
  expect(cells).toHaveLength(all.length + 1);
  const flights = (of: typeof cells) => Number(/Of (\d+) flights/.exec(JSON.stringify(of))![1]);
  expect(flights(all)).toBe(lake!.flights);
  expect(flights(cells)).toBeLessThan(lake!.flights);
}, LIMIT_MS);

test("every cell of the demo's notebooks runs on the kernel that Deno brings", async () => {
  const program = fileURLToPath(new URL("./testdata/stock.py", import.meta.url));
  // In their own place: the kernel looks for the import map upward of a notebook.
  const ran = JSON.parse(await jupyter.tool("python", [program, ...NOTEBOOKS.map((name) => join(FLIGHTS, name))]));
  expect(ran).toEqual({
    "1_explore.ipynb": { cells: 17, ran: 17, failed: [] },
    "2_train.ipynb": { cells: 19, ran: 19, failed: [] },
    "3_evaluate.ipynb": { cells: 13, ran: 13, failed: [] },
  });
}, LIMIT_MS);
