import { join } from "node:path";
import { expect, test } from "vitest";
import { verifyReport, writeNotebook, writeReport } from "./mod.ts";
import { notebookOf } from "./testdata/sketch.ts";

const SVG = `<svg xmlns="http://www.w3.org/2000/svg"></svg>`;

async function workbench(source = "# Why?"): Promise<{ root: string; file: string }> {
  const root = await Deno.makeTempDir();
  const file = join(root, "notebooks/flights/1_explore.ipynb");
  await Deno.mkdir(join(root, "notebooks/flights"), { recursive: true });
  const notebook = notebookOf([{ id: "q", markdown: source }, { id: "chart", code: "plot" }]);
  const output = { output_type: "display_data" as const, data: { "image/svg+xml": SVG }, metadata: {} };
  Object.assign(notebook.cells[1]!, { outputs: [output] });
  await Deno.writeTextFile(file, writeNotebook(notebook));
  return { root, file };
}

test("writeReport() writes beside one another what verifyReport() finds equal", async () => {
  const { root, file } = await workbench();
  const paths = ["reports/flights/1_explore.md", "reports/flights/1_explore.chart.svg"];
  expect(await writeReport(file, { root })).toEqual(paths);
  expect(await verifyReport(file, { root })).toEqual([]);
  const markdown = await Deno.readTextFile(join(root, paths[0]!));
  expect(markdown).toContain("Made from [1_explore.ipynb](../../notebooks/flights/1_explore.ipynb)");
});

test("verifyReport() names what is missing, different or left over", async () => {
  const { root, file } = await workbench();
  const folder = join(root, "reports/flights");
  const after = `; run "boathouse notebook report"`;
  expect(await verifyReport(file, { root })).toEqual([
    { file: "reports/flights/1_explore.md", problem: `is missing${after}` },
    { file: "reports/flights/1_explore.chart.svg", problem: `is missing${after}` },
  ]);
  await writeReport(file, { root });
  const markdown = await Deno.readTextFile(join(folder, "1_explore.md"));
  await Deno.writeTextFile(join(folder, "1_explore.md"), markdown.replace("\n\n>", "\n\nmy own words\n\n>"));
  await Deno.writeTextFile(join(folder, "1_explore.chart.svg"), SVG);
  await Deno.writeTextFile(join(folder, "1_explore.old.svg"), SVG);
  await Deno.writeTextFile(join(folder, "2_other.old.svg"), SVG);
  expect(await verifyReport(file, { root })).toEqual([
    { file: "reports/flights/1_explore.md", problem: `differs from its notebook at line 3${after}` },
    { file: "reports/flights/1_explore.chart.svg", problem: `differs from its notebook${after}` },
    { file: "reports/flights/1_explore.old.svg", problem: `is of no figure of its notebook${after}` },
  ]);
  await writeReport(file, { root });
  expect(await verifyReport(file, { root })).toEqual([]);
  expect([...Deno.readDirSync(folder)].map(({ name }) => name).sort()).toEqual([
    "1_explore.chart.svg",
    "1_explore.md",
    "2_other.old.svg",
  ]);
});

test("verifyReport() sees an edit of Markdown", async () => {
  const { root, file } = await workbench();
  await writeReport(file, { root });
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("# Why?", "# Why not?"));
  expect((await verifyReport(file, { root })).map(({ problem }) => problem)).toEqual([
    `differs from its notebook at line 1; run "boathouse notebook report"`,
  ]);
});

test("writeReport() refuses what is not below notebooks/", async () => {
  const { root } = await workbench();
  const file = join(root, "x.ipynb");
  await Deno.writeTextFile(file, "{}");
  await expect(writeReport(file, { root })).rejects.toThrow(
    new RangeError(`Cannot report "${file}" as it must be an .ipynb below "notebooks": it is not; move it there`),
  );
});
