import { finding, type Input, type Notebook, type Output } from "../mod.ts";
import { notebookOf, type SketchedCell } from "./sketch.ts";

/** A figure. */
export const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>`;

/** A value that a cell showed. */
export function show(data: Record<string, unknown>): Output {
  return { output_type: "display_data", data, metadata: {} };
}

/** A notebook of cells with outputs, and the inputs of its run. */
export function notebook(cells: (SketchedCell & { outputs?: Output[] })[], inputs?: Record<string, Input>): Notebook {
  const plain = notebookOf(cells);
  const metadata = inputs
    ? { boathouse: { schema: 1, deno: "2.9.6", boathouse: "0.1.0", parameters: { until: "2001-05-01" }, inputs } }
    : {};
  const withOutputs = plain.cells.map((cell, index) => {
    const { outputs } = cells[index]!;
    return outputs ? { ...cell, outputs } : cell;
  });
  return { ...plain, metadata, cells: withOutputs as Notebook["cells"] };
}

/** A notebook with something of all that a report shows. */
export const WHOLE = notebook([
  {
    id: "intro",
    markdown: "# What drives delay?\n\nSee [the spec](./README.md), [data](https://example.org) and `[x](y)`.",
  },
  { id: "setup", code: `import { open } from "boathouse";` },
  { id: "load", code: "//| label: load\nconst a = 1;" },
  {
    id: "chart",
    code: "//| label: delay by hour\nPlot.plot({})",
    outputs: [
      show({ "image/svg+xml": SVG, "text/plain": "Delay grows [fast]" }),
      show({ "image/svg+xml": SVG, "text/plain": "" }),
    ],
  },
  { id: "then", markdown: "## Where\n\n![map](map.png)" },
  {
    id: "table",
    code: "rows",
    outputs: [show({
      "application/vnd.dataresource+json": {
        schema: {
          fields: [{ name: "route", type: "string" }, { name: "delay", type: "number" }, {
            name: "day",
            type: "datetime",
          }],
        },
        data: [
          { route: "ORD|LGA", delay: 12.34567, day: "2001-05-31T00:00:00.000Z" },
          { route: "<b>x</b>", delay: 413000, day: null },
        ],
      },
      "text/html": "<table><script>alert(1)</script></table>",
      "text/plain": "…",
    })],
  },
  {
    id: "worst",
    code: "finding`…`",
    outputs: [show(finding`Worst is ${"ORD_LGA"} with ${12.3456} minutes.`[Symbol.for("Jupyter.display")]!())],
  },
  {
    id: "says",
    markdown: "### Deep\n\n| n | text |\n| ---: | :--- |\n| 1 | a |\n\n1. one\n\n> quoted *words*\n\n```sql\nSELECT 1 -- one\n```\n",
  },
  {
    id: "texts",
    code: "console.log(1); // said\nfunction f<T>(x: T): string { return `a ${x} b`; }",
    outputs: [
      { output_type: "stream", name: "stdout", text: "\x1b[31mread\x1b[0m\n10 %\r100 %\n" },
      { output_type: "stream", name: "stderr", text: "careful\n" },
      show({ "application/json": { minutes: 11.5 }, "text/plain": "{…}" }),
      show({ "text/html": "<b>bold</b>", "text/plain": "bold" }),
      show({ "text/markdown": "# Shown\n\n**strong** <b>" }),
    ],
  },
  {
    id: "wide",
    code: "many",
    outputs: [show({
      "application/vnd.dataresource+json": {
        schema: { fields: Array.from({ length: 24 }, (_, column) => ({ name: `column_${column}`, type: "number" })) },
        data: Array.from({ length: 60 }, (_, row) => ({ column_0: row, column_1: row / 7 })),
      },
      "text/plain": "…\n60 of 2,345 rows, 24 columns",
    })],
  },
  {
    id: "fails",
    code: "throw new TypeError();",
    outputs: [{
      output_type: "error",
      ename: "TypeError",
      evalue: "x is not y",
      traceback: ["TypeError: x is not y", "    at cell 4:1"],
    }],
  },
  { id: "raw-end", markdown: "That is all." },
], {
  flights: {
    table: "flights",
    incarnation: "7f",
    ends: { "0": 206500, "1": 206500 },
    rows: 413000,
    until: "2001-05-31T23:59:00Z",
  },
  "flight-delay": { model: "flight-delay", version: "2", digest: "abc" },
  by_hour: { table: "by_hour", version: 7, digest: "def" },
});
