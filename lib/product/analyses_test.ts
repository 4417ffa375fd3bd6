import { expect, test } from "vitest";
import { listAnalyses, readAnalyses } from "./analyses.ts";
import { lineageMermaid, lineageOf } from "./lineage.ts";
import { searchAnalyses } from "./search.ts";

const INPUTS = {
  rides: { table: "id", incarnation: "i", ends: { 0: 5 }, rows: 5, until: "2001-05-31T00:00:00.000000Z" },
  "slow@3": { table: "id2", version: 3, digest: "d" },
  "delay@2": { model: "delay", version: "2", digest: "d" },
};
const RECORD = { upstream: {}, modules: {}, packages: {}, parameters: [], inputs: [], order: 1 };

function code(id: string, source: string, record: object = {}): object {
  const metadata = { boathouse: { source: "edited since", ...RECORD, ...record } };
  return { cell_type: "code", id, metadata, source, outputs: [], execution_count: 1 };
}

const TRAIN = {
  cells: [
    { cell_type: "markdown", id: "a", metadata: {}, source: "# How late is a ride?\nThe Überland lines are left out." },
    code("b", "await lake.write('routes', rows)", { writes: ["model:delay", "table:routes"] }),
    code("c", "finding`Line ${7} is worst.`", { findings: [{ text: "Line 7 is worst.", values: { 7: 7 } }] }),
    code(
      "d",
      'export const Parameters = z.object({});\nexport const ask = defineFunction({ models: { m: "delay@champion", n: "delay@1" }, run });',
    ),
  ],
  metadata: { boathouse: { schema: 1, deno: "2", boathouse: "0", parameters: {}, inputs: INPUTS } },
  nbformat: 4,
  nbformat_minor: 5,
};

async function makeWorkbench(files: Record<string, unknown>): Promise<string> {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/notebooks/rides`, { recursive: true });
  await Deno.writeTextFile(`${root}/deno.json`, `{ "version": "0.1.0" }`);
  const yaml = "product: rides\nowner: ride-team\nbusinessCase: b\ntasks: [t]\nrepositories: [r]\n";
  await Deno.writeTextFile(`${root}/notebooks/rides/product.yaml`, yaml);
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(`${root}/notebooks/${name}`, text);
  }
  return root;
}

test("listAnalyses() tells what a notebook asks, found, read, wrote and exports", async () => {
  const root = await makeWorkbench({ "rides/train.ipynb": TRAIN });
  expect(await listAnalyses(root)).toEqual([{
    file: "notebooks/rides/train.ipynb",
    product: "rides",
    owner: "ride-team",
    question: "How late is a ride?",
    findings: ["Line 7 is worst."],
    tables: {
      read: [
        { name: "rides", topic: true, until: "2001-05-31T00:00:00.000000Z" },
        { name: "slow", topic: false, version: 3 },
      ],
      written: ["routes"],
    },
    models: { read: [{ name: "delay", version: "2" }], written: ["delay"] },
    functions: [{ name: "ask", models: ["delay"] }],
    verdicts: { code: "dirty", inputs: "none", proof: "proven" },
    problem: null,
  }]);
});

test("listAnalyses() lists a notebook that cannot be read beside the others, with the reason", async () => {
  const empty = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const root = await makeWorkbench({ "broken.ipynb": "{", "empty.ipynb": empty, "old.ipynb": { nbformat: 2 } });
  const [broken, none, old] = await listAnalyses(root);
  expect(broken).toMatchObject({ file: "notebooks/broken.ipynb", product: null, question: null });
  expect(broken!.problem).toContain(`Cannot read notebook "notebooks/broken.ipynb" as its text must be JSON`);
  expect(none).toMatchObject({ problem: null, verdicts: { code: "never run", inputs: "none", proof: "proven" } });
  expect(old!.problem).toContain("nbformat must be 3 or 4.0 to 4.5: got 2");
});

test("searchAnalyses() finds words anywhere, questions and findings first, with small misspellings", async () => {
  const other = {
    ...TRAIN,
    cells: [{ ...TRAIN.cells[0], source: "# What is in the cellar?" }, code("b", "const ride = 1;")],
  };
  const texts = await readAnalyses(await makeWorkbench({ "rides/train.ipynb": TRAIN, "other.ipynb": other }));
  const found = (words: string) => searchAnalyses(texts, words).map(({ analysis }) => analysis.file.slice(10));
  expect(found("ride")).toEqual(["rides/train.ipynb", "other.ipynb"]);
  expect(found("late ride")).toEqual(["rides/train.ipynb"]);
  expect(found("überland")).toEqual(["rides/train.ipynb"]);
  expect(found("celar")).toEqual(["other.ipynb"]);
  expect(found("routes ride-team ask")).toEqual(["rides/train.ipynb"]);
  expect(found("nothing")).toEqual([]);
  expect(found("  \u0000 ")).toEqual([]);
  expect(searchAnalyses(texts, "worst")[0]!.excerpt).toBe("Line 7 is worst.");
});

test("lineageOf() leads from topics over tables, notebooks and models to functions and endpoints", async () => {
  const root = await makeWorkbench({
    "rides/train.ipynb": TRAIN,
    "rides/late.endpoint.yaml": `endpoint: late
contract: 1
budgetMs: 50
logging: buffered
variants: [{ name: control, weight: 1, plan: { fallback: [{ call: "ask@${"0".repeat(64)}" }, { value: 0 }] } }]
`,
  });
  const lineage = lineageOf(root, await listAnalyses(root));
  const notebook = "notebook:notebooks/rides/train.ipynb";
  expect(lineage.edges.map(({ from, how, to }) => `${from} ${how} ${to}`)).toEqual([
    "function:ask calls endpoint:late",
    "model:delay declares function:ask",
    `model:delay read ${notebook}`,
    `${notebook} defines function:ask`,
    `${notebook} wrote model:delay`,
    `${notebook} wrote table:routes`,
    `table:rides read ${notebook}`,
    `table:slow read ${notebook}`,
    "topic:rides ingested table:rides",
  ]);
  expect(lineage.nodes.map(({ id }) => id)).toEqual([
    "endpoint:late",
    "function:ask",
    "model:delay",
    notebook,
    "table:rides",
    "table:routes",
    "table:slow",
    "topic:rides",
  ]);
});

test("lineageMermaid() keeps hostile names inside of their labels", () => {
  const name = `notebooks/a"]\n click n0 "javascript:alert(1)".ipynb`;
  const text = lineageMermaid({ nodes: [{ id: `notebook:${name}`, kind: "notebook", name }], edges: [] });
  expect(text.split("\n")).toHaveLength(3);
  expect(text).toContain(`n0["a#34;]#10; click n0 #34;javascript:alert(1)#34;.ipynb"]`);
});
