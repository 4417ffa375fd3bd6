import { type Json, type NotebookCell, openSources, type Output, readNotebook, stampProvenance, writeNotebook } from "../mod.ts";

const CELLS = 30;

/** What beside notebooks makes such a workbench. */
export const MANY_FILES: Readonly<Record<string, string>> = {
  "boathouse.yaml": "",
  "deno.json": JSON.stringify({
    version: "0.1.0",
    imports: { boathouse: "./lib/mod.ts", "boathouse/plot": "./lib/plot/mod.ts", "nodejs-polars": "npm:nodejs-polars@0.25.2" },
  }),
  "deno.lock": JSON.stringify({
    version: "5",
    specifiers: { "npm:nodejs-polars@0.25.2": "0.25.2" },
    npm: { "nodejs-polars@0.25.2": { integrity: "sha512-polars" } },
  }),
  "notebooks/delays.ts": helper("delays", `import { mean } from "./figures.ts";`),
  "notebooks/figures.ts": helper("figures", ""),
};

function helper(name: string, head: string): string {
  const functions = Array.from({ length: 12 }, (_, at) => {
    return `/** Part ${at} of ${name}. */
export function ${at === 0 ? (name === "figures" ? "mean" : "delaysOf") : `${name}${at}`}(rows: readonly { delay: number; route: string }[]): number {
  const late = rows.filter(({ delay }) => delay > ${at}).map(({ delay, route }) => route.length * delay);
  return late.reduce((sum, one) => sum + one, 0) / Math.max(1, late.length);
}`;
  });
  return `${head}\n${functions.join("\n\n")}\n`;
}

/** A notebook of 30 cells with tables and charts, as it is after its run from top to bottom. */
export async function ranNotebook(index: number, root: string): Promise<string> {
  const cells = Array.from({ length: CELLS }, (_, at) => cellOf(index, at));
  const code = cells.filter(({ cell_type }) => cell_type === "code").map(({ id }) => id);
  const runs = new Map(code.map((id, at) => [id, {
    outputs: outputsOf(index, at),
    inputs: at === 2 ? [FLIGHTS] : [],
    unproven: [],
  }]));
  const blank = readNotebook(JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }), "blank");
  const from = `${root}/notebooks`;
  const place = { root, from, sources: await openSources(root) };
  return writeNotebook(await stampProvenance(blank, { cells: runs, parameters: { until: "2001-05-01" } }, place));
}

const FLIGHTS = { name: "flights", table: "flights", incarnation: "7f", ends: { "0": 206500, "1": 206500 }, rows: 413000 };

const HEADS = [
  `import { lake, finding } from "boathouse";\nimport pl from "nodejs-polars";\nimport { delaysOf } from "./delays.ts";`,
  `import * as Plot from "boathouse/plot";`,
  `const until = "2001-05-01";`,
  "const rows = await lake.sql`SELECT * FROM flights WHERE date < ${until}`;\nconst frame = pl.DataFrame(rows);",
];

function cellOf(index: number, at: number): NotebookCell {
  const [id, metadata] = [`n${index}c${at}`, {}];
  if (at % 5 === 4) return { cell_type: "markdown", id, metadata, source: `## Part ${at}\n\nWhat is seen here.` };
  const own = `//| label: part-${at}
const late${at} = frame.filter(pl.col("delay").gt(${at + index}))
  .groupBy("route", "hour").agg(pl.col("delay").mean().alias("mean"), pl.col("delay").count().alias("n"))
  .sort("mean", true).toRecords();
const share${at} = delaysOf(late${at}) / Math.max(1, ${at > 5 && at % 5 !== 0 ? `late${at - 1}` : "rows"}.length);
Plot.plot({
  marks: [Plot.dot(late${at}, { x: "hour", y: "mean", fill: (row) => row.n > ${at} ? "many" : "few" }), Plot.ruleY([share${at}])],
})`;
  return { cell_type: "code", id, metadata, source: HEADS[at] ?? own, outputs: [], execution_count: null };
}

function outputsOf(index: number, at: number): Output[] {
  const show = (data: Record<string, Json>): Output => ({ output_type: "display_data", data, metadata: {} });
  const rows = Array.from({ length: 20 }, (_, row) => ({ route: `R${row}-${index}`, n: row * at, mean: (row + at) / 7 }));
  const fields = [{ name: "route", type: "string" }, { name: "n", type: "integer" }, { name: "mean", type: "number" }];
  const dots = Array.from({ length: 60 }, (_, dot) => `<circle cx="${dot}" cy="${(dot * index) % 97}" r="2"/>`).join("");
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${dots}</svg>`;
  if (at < 3) return [];
  return at % 2 === 0
    ? [show({ "application/vnd.dataresource+json": { schema: { fields }, data: rows }, "text/plain": "20 rows" })]
    : [show({ "image/svg+xml": svg, "text/plain": `Chart ${at}` })];
}
