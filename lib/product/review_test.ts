import { expect, test } from "vitest";
import { type TempRepository, tempRepository } from "../../_tools/temp_repository.ts";
import { openRepository } from "../git/mod.ts";
import { type CellRun, type Output, stampProvenance, writeNotebook } from "../notebook/mod.ts";
import { reviewChanges, reviewMarkdown, reviewText } from "./mod.ts";

const FOLDER = "notebooks/rides";

/** Writes a notebook as a run leaves it: `outputs` by cell. */
async function writeRun(
  repo: TempRepository,
  file: string,
  cells: Record<string, string>,
  outputs = {} as Record<string, unknown[]>,
  within = "",
) {
  const code = Object.entries(cells).map(([id, source]) => {
    return { cell_type: "code" as const, id, metadata: {}, source, outputs: [], execution_count: null };
  });
  const intro = { cell_type: "markdown" as const, id: "intro", metadata: {}, source: "# How late is a ride?" };
  const notebook = { cells: [intro, ...code], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
  const runs = code.map(({ id }): [string, CellRun] => {
    return [id, { outputs: (outputs[id] ?? []) as Output[], inputs: [], unproven: [] }];
  });
  const place = { root: `${repo.dir}/${within}`, from: `${repo.dir}/${within}${FOLDER}` };
  await repo.write(
    `${within}${FOLDER}/${file}`,
    writeNotebook(await stampProvenance(notebook, { cells: new Map(runs) }, place)),
  );
}

const show = (data: Record<string, unknown>) => ({ output_type: "display_data", data, metadata: {} });
const finding = (minutes: number) => {
  const text = `A ride is ${minutes} minutes late.`;
  return show({ "application/vnd.boathouse.finding+json": { text, values: { 0: minutes } }, "text/plain": text });
};
const metrics = (rmse: number) => {
  const fields = [{ name: "model", type: "string" }, { name: "rmse", type: "number" }];
  return show({ "application/vnd.dataresource+json": { schema: { fields }, data: [{ model: "ride-delay@1", rmse }] } });
};

const EXPLORE = {
  fit: `import { fit } from "./fit.ts";\nconst model = fit();`,
  late: "finding`A ride is ${model} minutes late.`",
};
const SERVE = {
  scale: "//| label: rate\nconst scale = 2;",
  predict:
    '//| label: late\nexport const predictRide = defineFunction({ input, output, run: ({ x }) => ({ minutes: scale * x }) });\nimport { defineFunction, z } from "boathouse";\nconst input = z.object({ x: z.number() });\nconst output = z.object({ minutes: z.number() });',
};
const PRODUCT = (rmse: number) =>
  `{ product: rides, owner: rail, businessCase: fewer waits, tasks: [T-1], repositories: [.],
     evaluation: { notebook: evaluate.ipynb, model: ride-delay, thresholds: { rmse: { atMost: ${rmse} } } } }`;
const ENDPOINT = (weight: number) =>
  `{ endpoint: ride, contract: 1, budgetMs: 50, unit: /route, variants: [
     { name: control, weight: ${weight}, plan: { fallback: [{ call: predictRide }] } },
     { name: other, weight: ${
    (1 - weight).toFixed(1)
  }, plan: { fallback: [{ call: averageRide, models: { m: ride-delay@1 } }] } }] }`;

/** A workbench with one of everything, committed on `main`, and a branch `change` that is checked out. */
async function workbench() {
  const repo = await tempRepository();
  await repo.write("boathouse.yaml", "");
  await repo.write("deno.json", `{ "version": "0.1.0" }`);
  await repo.write(`${FOLDER}/fit.ts`, "export const fit = () => 4;\n");
  await repo.write(`${FOLDER}/product.yaml`, PRODUCT(28));
  await repo.write(`${FOLDER}/ride.endpoint.yaml`, ENDPOINT(0.9));
  await repo.write("reports/rides/explore.delay.svg", "<svg/>");
  await writeRun(repo, "explore.ipynb", EXPLORE, { late: [finding(4)] });
  await writeRun(repo, "serve.ipynb", SERVE);
  await writeRun(repo, "evaluate.ipynb", { judge: "judge();" }, { judge: [metrics(27)] });
  await repo.commit("base");
  await repo.git("checkout", "--quiet", "-b", "change");
  return repo;
}

const review = async (repo: TempRepository, base = "main", head = "change") => {
  return await reviewChanges(await openRepository(repo.dir), { base, head });
};

test("reviewChanges() of no change finds nothing", async () => {
  await using repo = await workbench();
  const { base, head, ...found } = await review(repo);
  expect(base.commit).toBe(head.commit);
  expect(Object.values(found).flat()).toEqual([]);
  expect(reviewMarkdown({ base, head, ...found })).toContain("It changes no notebook, function or endpoint.");
});

test("reviewChanges() tells findings, errors and verdicts of a notebook that was run again", async () => {
  await using repo = await workbench();
  const error = { output_type: "error", ename: "Error", evalue: "no rides", traceback: [] };
  await writeRun(repo, "explore.ipynb", { ...EXPLORE, more: "throw 1" }, { late: [finding(6)], more: [error] });
  await repo.commit();
  const found = await review(repo);
  expect(found.notebooks).toMatchObject([{
    file: `${FOLDER}/explore.ipynb`,
    state: "changed",
    problems: [],
    verdicts: { fresh: 2, "never run": 1 },
    doubtful: [{ cell: "more", verdict: "never run", reason: "it did not run to its end: Error" }],
    diff: { findings: [{ cell: "late", values: [{ name: "model", old: 4, new: 6, delta: 2, percent: 50 }] }] },
  }]);
  const markdown = reviewMarkdown(found);
  expect(markdown).toContain("**1 notebook, 1 new error, 1 finding, 1 cell not fresh**");
  expect(markdown).toContain(
    "- **notebooks/rides/explore.ipynb** changed: 1 finding, 1 verdict, 1 changed cell, 1 added cell; cells by code: 2 fresh, 1 never run",
  );
  expect(markdown).toContain("- before: A ride is <del>4</del> minutes late.");
  expect(markdown).toContain("- **more** of notebooks/rides/explore.ipynb: Error: no rides");
});

test("reviewChanges() names cells that an edit left behind, in notebooks that did not change too", async () => {
  await using repo = await workbench();
  await repo.write(`${FOLDER}/fit.ts`, "export const fit = () => 5;\n");
  await repo.commit();
  const found = await review(repo);
  const reason = `module "notebooks/rides/fit.ts" changed (fit → notebooks/rides/fit.ts)`;
  expect(found.notebooks).toMatchObject([{
    file: `${FOLDER}/explore.ipynb`,
    state: "untouched",
    diff: null,
    doubtful: [{ cell: "fit", verdict: "stale", reason }, { cell: "late", verdict: "stale" }],
  }]);
  expect(found.modules).toMatchObject([{ file: `${FOLDER}/fit.ts`, state: "changed" }]);
  expect(found.modules[0]!.cells.map(({ cell }) => cell)).toEqual(["fit", "late"]);
  expect(found.functions).toEqual([]);
});

test("reviewChanges() finds functions whose slice changed, and the endpoints that call them", async () => {
  await using repo = await workbench();
  await writeRun(repo, "serve.ipynb", { ...SERVE, scale: "//| label: rate\nconst scale = 3; // three" });
  await repo.commit();
  const found = await review(repo);
  expect(found.functions).toEqual([{
    name: "predictRide",
    notebook: `${FOLDER}/serve.ipynb`,
    cell: "predict",
    label: "late",
    state: "changed",
    why: [`its code in cell "rate"`],
  }]);
  expect(found.endpoints).toMatchObject([{
    endpoint: "ride",
    state: "untouched",
    functions: ["predictRide"],
    models: [],
    settings: [],
  }]);
  await writeRun(repo, "serve.ipynb", { scale: "const scale = 2; // comments are neutral", predict: SERVE.predict });
  await repo.commit();
  expect((await review(repo)).functions).toEqual([]);
});

test("reviewChanges() tells which version of a changed function is promoted", async () => {
  await using repo = await workbench();
  await writeRun(repo, "serve.ipynb", { ...SERVE, scale: "const scale = 3;" });
  await repo.commit();
  const request = { base: "main", head: "change" };
  const git = await openRepository(repo.dir);
  const versions = { predictRide: "0123456789abcdef", other: "1" };
  const found = await reviewChanges(git, { ...request, promoted: () => Promise.resolve(versions) });
  expect(found.functions).toMatchObject([{ name: "predictRide", promoted: "0123456789abcdef" }]);
  expect(reviewMarkdown(found)).toContain("; promoted is 0123456789ab, of other code until it is promoted again");
  const away = await reviewChanges(git, { ...request, promoted: () => Promise.resolve(null) });
  expect(away.functions).toMatchObject([{ name: "predictRide", promoted: null }]);
  expect(reviewMarkdown(away)).toContain("; which version is promoted is unknown");
  expect(reviewText(away)).toContain("; which version is promoted is unknown");
  const same = { base: "change", head: "change", promoted: () => Promise.reject(new Error("it was asked")) };
  expect((await reviewChanges(git, same)).functions).toEqual([]);
});

test("reviewChanges() says that a function is new, gone, or cannot be sliced any more", async () => {
  await using repo = await workbench();
  await writeRun(repo, "serve.ipynb", {
    rows: "const scale = await load();",
    predict: SERVE.predict,
    also: "export const other = defineFunction({});",
  });
  await repo.commit();
  const { functions } = await review(repo);
  expect(functions.map(({ name, state }) => [name, state])).toEqual([["other", "added"], ["predictRide", "broken"]]);
  expect(functions[1]!.why[0]).toMatch(/^Cannot slice "predictRide"/);
  await repo.git("rm", "--quiet", `${FOLDER}/serve.ipynb`);
  await repo.commit();
  expect((await review(repo)).functions).toMatchObject([{ name: "predictRide", state: "removed", why: [] }]);
});

test("reviewChanges() compares metrics of evaluations, their bounds, and settings of endpoints", async () => {
  await using repo = await workbench();
  await writeRun(repo, "evaluate.ipynb", { judge: "judge();" }, { judge: [metrics(27.5)] });
  await repo.write(`${FOLDER}/product.yaml`, PRODUCT(27));
  await repo.write(`${FOLDER}/ride.endpoint.yaml`, ENDPOINT(0.8));
  await repo.commit();
  const found = await review(repo);
  expect(found.metrics).toMatchObject([{
    product: "rides",
    model: "ride-delay@1",
    value: { name: "rmse", old: 27, new: 27.5, delta: 0.5 },
    holds: false,
    bound: "at most 27",
  }]);
  expect(found.thresholds).toMatchObject([{
    model: "ride-delay",
    metric: "rmse",
    old: "at most 28",
    new: "at most 27",
  }]);
  expect(found.endpoints).toMatchObject([{ state: "changed", functions: [], models: ["ride-delay"] }]);
  expect(found.endpoints[0]!.settings.map(({ name, old, new: now }) => [name, old, now])).toEqual([
    ["variants.control.weight", 0.9, 0.8],
    ["variants.other.weight", 0.1, 0.2],
  ]);
  expect(reviewMarkdown(found)).toContain("| at most 27: **does not hold** |");
});

test("reviewChanges() judges metrics that did not change by a bound that did", async () => {
  await using repo = await workbench();
  await repo.write(`${FOLDER}/product.yaml`, PRODUCT(26));
  await repo.commit();
  const found = await review(repo);
  expect(found.metrics).toMatchObject([{ model: "ride-delay@1", value: { old: 27, new: 27 }, holds: false }]);
  expect(reviewMarkdown(found)).toContain("| ride-delay@&#8203;1 | rmse | 27 | at most 26: **does not hold** |");
});

test("reviewChanges() lists figures of reports with addresses of both commits, whatever their names", async () => {
  await using repo = await workbench();
  await repo.write("reports/rides/explore.delay.svg", "<svg></svg>");
  await repo.write("reports/rides/a b#1).svg", "<svg/>");
  await repo.commit();
  const found = await review(repo);
  const link = "https://forge.example/r/blob/{commit}/{path}";
  const markdown = reviewMarkdown(found, { link });
  const at = (commit: string, path: string) => `<https://forge.example/r/blob/${commit}/reports/rides/${path}>`;
  expect(markdown).toContain(
    `- reports/rides/explore.delay.svg changed: [before](${at(found.base.commit, "explore.delay.svg")}), ` +
      `[after](${at(found.head.commit, "explore.delay.svg")})`,
  );
  expect(markdown).toContain(`new: [after](${at(found.head.commit, "a%20b%231).svg")})`);
  expect(reviewMarkdown(found)).toContain("- reports/rides/explore.delay.svg changed\n");
});

test("reviewChanges() reads commits alone: edits, deletions and a dirty index do not matter", async () => {
  await using repo = await workbench();
  await writeRun(repo, "serve.ipynb", { ...SERVE, scale: "const scale = 3;" });
  await repo.commit();
  const clean = await review(repo);
  await repo.write(`${FOLDER}/fit.ts`, "broken(");
  await repo.write(`${FOLDER}/serve.ipynb`, "{");
  await repo.git("add", "--all");
  await Deno.remove(`${repo.dir}/notebooks`, { recursive: true });
  await Deno.remove(`${repo.dir}/deno.json`);
  const before = await repo.git("status", "--porcelain");
  expect(await review(repo)).toEqual(clean);
  expect(await repo.git("status", "--porcelain")).toBe(before);
});

test("reviewChanges() starts where the change left the base, and says where that is not known", async () => {
  await using repo = await workbench();
  const base = await repo.git("rev-parse", "main");
  await repo.write("reports/rides/new.svg", "<svg/>");
  await repo.commit();
  await repo.git("checkout", "--quiet", "main");
  await repo.write("reports/rides/other.svg", "<svg/>");
  await repo.commit();
  const found = await review(repo);
  expect([found.base.commit, found.charts]).toEqual([base, [{ old: null, new: "reports/rides/new.svg" }]]);
  await using clone = await tempRepository();
  await clone.git("fetch", "--quiet", "--depth=1", `file://${repo.dir}`, "main:one", "change:two");
  const shallow = await review(clone, "one", "two");
  expect(shallow.notes).toEqual([
    "Compared with one itself, as it is not known where the changes left it: this clone is shallow (git fetch --unshallow)",
  ]);
  expect(shallow.charts.map((chart) => [chart.old, chart.new])).toEqual([[
    "reports/rides/other.svg",
    "reports/rides/new.svg",
  ]]);
});

test("reviewChanges() finds workbenches in folders of a repository, and judges nothing outside of them", async () => {
  await using repo = await tempRepository();
  await repo.write("analytics/boathouse.yaml", "");
  await repo.write(`analytics/${FOLDER}/fit.ts`, "export const fit = () => 4;\n");
  await repo.write("elsewhere/a.ipynb", `{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}`);
  await writeRun(repo, "explore.ipynb", EXPLORE, {}, "analytics/");
  await repo.commit();
  await repo.git("checkout", "--quiet", "-b", "change");
  await repo.write(`analytics/${FOLDER}/fit.ts`, "export const fit = () => 5;\n");
  await repo.write("elsewhere/a.ipynb", `{"cells": [], "metadata": {"a": 1}, "nbformat": 4, "nbformat_minor": 5}`);
  await repo.commit();
  const found = await review(repo);
  expect(found.notebooks.map(({ file, doubtful, verdicts }) => [file, doubtful.length, verdicts])).toEqual([
    [`analytics/${FOLDER}/explore.ipynb`, 2, { stale: 2 }],
    ["elsewhere/a.ipynb", 0, {}],
  ]);
  expect(found.modules.map(({ file, cells }) => [file, cells.length])).toEqual([[`analytics/${FOLDER}/fit.ts`, 2]]);
});

test("reviewChanges() names what is broken, and goes on", async () => {
  await using repo = await workbench();
  await repo.write(`${FOLDER}/explore.ipynb`, new Uint8Array([0x89, 0, 0xff]));
  await repo.write(`${FOLDER}/product.yaml`, "product: [");
  await repo.write(`${FOLDER}/ride.endpoint.yaml`, "endpoint: 7");
  await repo.write(`${FOLDER}/new.ipynb`, "{");
  await writeRun(repo, "serve.ipynb", { ...SERVE, scale: "const scale = 3;" });
  await repo.commit();
  const found = await review(repo);
  expect(found.notebooks.map(({ file, problems }) => [file, problems.length])).toEqual([
    [`${FOLDER}/explore.ipynb`, 1],
    [`${FOLDER}/new.ipynb`, 1],
    [`${FOLDER}/serve.ipynb`, 0],
  ]);
  expect(found.notebooks).toMatchObject([{ state: "broken", diff: null }, { state: "broken", diff: null }, {}]);
  expect(reviewMarkdown(found)).toContain("**3 notebooks, 2 broken notebooks, 1 metric, 1 function");
  expect(reviewMarkdown(found)).toContain("- **notebooks/rides/explore.ipynb** broken\n");
  expect(reviewText(found).split('Cannot read notebook "')).toHaveLength(3);
  expect(found.functions).toMatchObject([{ name: "predictRide", state: "changed" }]);
  expect(found.endpoints).toMatchObject([{ endpoint: "ride", state: "broken" }]);
  expect(found.notes[0]).toMatch(/^Cannot read .*product\.yaml:1:\d+ as YAML/);
  await expect(review(repo, "main", "nope")).rejects.toThrow(RangeError);
});

test("reviewChanges() of an added notebook leaves out what tools write into every one", async () => {
  await using repo = await workbench();
  await writeRun(repo, "new.ipynb", EXPLORE, { late: [finding(6)] });
  await repo.commit();
  const found = await review(repo);
  const [{ diff, state }] = found.notebooks as [(typeof found.notebooks)[0]];
  expect([state, diff!.metadata, diff!.traces]).toEqual(["added", [], { counted: 0, recorded: 0, sealed: false }]);
  expect(reviewText(found)).toContain("new.ipynb added\nthe notebook is new\n");
  expect(reviewMarkdown(found)).not.toContain("boathouse.deno");
});

test("reviewMarkdown() tells a commit once that is named by itself", async () => {
  await using repo = await workbench();
  const { head } = await review(repo);
  const short = head.commit.slice(0, 12);
  expect(reviewMarkdown(await review(repo, head.commit, "HEAD"))).toContain(`From ${short} to HEAD (${short}).`);
});

test("reviewChanges() follows a notebook that was renamed, under any name", async () => {
  await using repo = await workbench();
  await repo.git("mv", `${FOLDER}/explore.ipynb`, `${FOLDER}/it's "new"\n@ann.ipynb`);
  await repo.commit();
  const { notebooks } = await review(repo);
  expect(notebooks).toMatchObject([{ oldFile: `${FOLDER}/explore.ipynb`, state: "changed", diff: { equal: true } }]);
});

test("reviewMarkdown() and reviewText() say that a notebook was renamed, and what else changed", async () => {
  await using repo = await workbench();
  await repo.git("mv", `${FOLDER}/explore.ipynb`, `${FOLDER}/later.ipynb`);
  await repo.commit();
  const moved = await review(repo);
  expect(reviewText(moved)).toContain(`${FOLDER}/later.ipynb renamed from ${FOLDER}/explore.ipynb`);
  await writeRun(repo, "later.ipynb", EXPLORE, { late: [finding(6)] });
  await repo.commit();
  const edited = await review(repo);
  const said = `changed, renamed from ${FOLDER}/explore.ipynb`;
  expect(reviewText(edited)).toContain(`${FOLDER}/later.ipynb ${said}`);
  const markdown = reviewMarkdown(edited);
  expect(markdown).toContain(`- **${FOLDER}/later.ipynb** ${said}: 1 finding`);
  expect(markdown).toContain(`### ${FOLDER}/later.ipynb (${said})`);
  expect(markdown).not.toContain("added cell");
});

test("reviewMarkdown() counts in its head the notebooks that it lists", async () => {
  await using repo = await workbench();
  await repo.write(`${FOLDER}/fit.ts`, "export const fit = () => 5;\n");
  await writeRun(repo, "serve.ipynb", { ...SERVE, more: "1" });
  await repo.commit();
  const markdown = reviewMarkdown(await review(repo));
  expect(markdown.match(/^- \*\*.*\.ipynb\*\* (changed|untouched)/gm)).toHaveLength(2);
  expect(markdown).toContain("**2 notebooks (1 of them untouched), ");
});
