import { expect, test } from "vitest";
import { diffAsText, diffNotebooks, type Notebook, type Output } from "../mod.ts";
import { baseNotebook, chart, code, recorded, show, tableOutput } from "./testdata/base.ts";

type Edit = (notebook: Notebook) => void;

const cellOf = (notebook: Notebook, id: string) => notebook.cells.find((cell) => cell.id === id)!;
const outputs = (id: string, ...shown: Output[]): Edit => (notebook) => {
  Object.assign(cellOf(notebook, id), { outputs: shown });
};
const source = (id: string, text: string): Edit => (notebook) => {
  Object.assign(cellOf(notebook, id), { source: text });
};
const metadata = (id: string, value: Record<string, unknown>): Edit => (notebook) => {
  Object.assign(cellOf(notebook, id), { metadata: value });
};
const record = (change: Record<string, unknown>): Edit => (notebook) => {
  Object.assign(notebook.metadata.boathouse as Record<string, unknown>, change);
};
const flights = (change: Record<string, unknown>): Edit => (notebook) => {
  const { inputs } = notebook.metadata.boathouse as { inputs: { flights: Record<string, unknown> } };
  Object.assign(inputs.flights, change);
};
const table = (rows: Record<string, unknown>[], fields = { route: "string", n: "integer", delay: "number" }): Edit => {
  return outputs("table", tableOutput(fields, rows));
};
const [ORD, SFO] = [{ route: "ORD-LGA", n: 3, delay: 12.5 }, { route: "SFO-LAX", n: 5, delay: -1 }];

/** Every kind of change, and the line that names it. */
const EDITS: [what: string, edit: Edit, named: string][] = [
  ["a cell added", (it) => it.cells.splice(2, 0, code("new", "1 + 1")), "+ 3 new (code): added"],
  ["a cell removed", (it) => it.cells.splice(9, 1), "- 10 end (markdown): removed"],
  ["a cell moved", (it) => it.cells.unshift(...it.cells.splice(8, 1)), "~ 1 fails (code): moved from 9 to 1"],
  ["a cell's id", (it) => Object.assign(cellOf(it, "end"), { id: "fin" }), "~ 10 fin (markdown): id was end"],
  [
    "a cell's id and its text",
    (it) => Object.assign(cellOf(it, "table"), { id: "t2", source: "const rows = query();\ntable(rows, 5);" }),
    "~ 4 t2 (code): id was table, +1 −1 lines",
  ],
  [
    "a cell's kind",
    (it) => it.cells.splice(1, 1, { cell_type: "raw", id: "setup", metadata: {}, source: cellOf(it, "setup").source }),
    "~ 2 setup (raw): was code",
  ],
  ["code", source("log", "console.log(1);\nconsole.log(3);"), "- console.log(2);\n    + console.log(3);"],
  ["Markdown", source("end", "That is not all."), "- That is all.\n    + That is not all."],
  ["a heading", source("intro", "# Why?\n\nOne row is one flight."), "+ # Why?"],
  [
    "a directive",
    source("chart", "//| label: by hour\nPlot.plot({ marks: [Plot.barY(rows)] });"),
    "+ //| label: by hour",
  ],
  ["tags", metadata("parameters", { tags: ["parameters", "remove_input"] }), "metadata tags"],
  ["other metadata", metadata("setup", { jupyter: { source_hidden: true } }), "metadata jupyter"],
  ["a table's value", table([{ ...ORD, delay: 13 }, SFO]), "delay 12.5 → 13.0 (+0.5, +4 %)"],
  ["a table's row added", table([ORD, SFO, { route: "A-B", n: 1, delay: 2 }]), "+ route A-B, n 1, delay 2"],
  ["a table's row removed", table([ORD]), "- route SFO-LAX, n 5, delay -1"],
  ["a table's order", table([SFO, ORD]), "table by route changed: rows in another order"],
  [
    "a table's column added",
    table(
      [{ ...ORD, x: 1 }, { ...SFO, x: 2 }],
      { route: "string", n: "integer", delay: "number", x: "integer" } as never,
    ),
    "new columns x",
  ],
  [
    "a table's column removed",
    table([ORD, SFO], { route: "string", n: "integer" } as never),
    "without columns delay",
  ],
  [
    "a table's column typed anew",
    table([ORD, SFO], { route: "string", n: "number", delay: "number" }),
    "other types of n",
  ],
  [
    "a table's columns in another order",
    table([ORD, SFO], { n: "integer", route: "string", delay: "number" } as never),
    "columns in another order",
  ],
  ["a chart", outputs("chart", chart("blue")), `chart "Delay by hour" changed: 65 → 66 bytes`],
  ["a chart gone", outputs("chart"), `chart "Delay by hour" removed`],
  ["a chart added", outputs("chart", chart("red"), chart("blue")), `chart "Delay by hour" added`],
  [
    "an image",
    outputs("picture", show({ "image/png": "BBBB", "text/plain": "map" })),
    `image "map" changed: 3 → 3 bytes`,
  ],
  [
    "a stream",
    outputs("log", { output_type: "stream", name: "stdout", text: "1\n3\n" }),
    "stream stdout changed: +1 −1 lines",
  ],
  [
    "a stream's place",
    outputs("log", { output_type: "stream", name: "stderr", text: "1\n2\n" }),
    "stream stderr added",
  ],
  ["an error gone", outputs("fails"), "error TypeError removed"],
  [
    "an error new",
    outputs("setup", { output_type: "error", ename: "E", evalue: "v", traceback: [] }),
    "error E added\n      + E: v",
  ],
  [
    "another error",
    outputs("fails", { output_type: "error", ename: "TypeError", evalue: "nothing is null", traceback: ["at 1"] }),
    "+ TypeError: nothing is null",
  ],
  [
    "HTML beside an equal text",
    outputs("picture", show({ "image/png": "AAAA", "text/plain": "map", "text/html": "<b>" })),
    `image "map" changed: what is drawn is the same, other text/html`,
  ],
  [
    "a finding's value",
    metadata(
      "worst",
      recorded("Worst is ORD-LGA with 13.75 minutes.", { route: "ORD-LGA", "delay.toFixed(2)": "13.75" }),
    ),
    "delay.toFixed(2) 12.50 → 13.75 (+1.25, +10 %)",
  ],
  [
    "a finding's sentence",
    metadata("worst", recorded("The worst is ORD-LGA.", { route: "ORD-LGA" })),
    "+ The worst is ORD-LGA.",
  ],
  ["a finding gone", metadata("worst", {}), "- Worst is ORD-LGA with 12.50 minutes."],
  [
    "an input's range",
    flights({ until: "2001-06-30T23:59:00Z", rows: 457295 }),
    "flights until 2001-05-31 → 2001-06-30, +41,000 rows",
  ],
  ["an input gone", record({ inputs: {} }), "no longer flights until 2001-05-31, 416,295 rows"],
  ["a parameter", record({ parameters: { until: "2001-07-01" } }), "until 2001-06-01 → 2001-07-01"],
  ["Boathouse's version", record({ boathouse: "0.2.0" }), "boathouse.boathouse 0.1.0 → 0.2.0"],
  ["the seal of a record", record({ seal: "0" }), "Also differs: the seal of the record"],
  ["permissions", record({ permissions: ["--allow-all"] }), `boathouse.permissions — → ["--allow-all"]`],
  [
    "the kernel",
    (it) => Object.assign(it.metadata, { kernelspec: { name: "deno" } }),
    `kernelspec {"name":"boathouse"} → {"name":"deno"}`,
  ],
  [
    "an execution count",
    (it) => Object.assign(cellOf(it, "log"), { execution_count: 7 }),
    "the execution count of 1 cell",
  ],
  [
    "a package",
    (it) => {
      const cell = cellOf(it, "worst").metadata.boathouse as { packages: Record<string, string> };
      cell.packages = { "arquero@8.0.3": "j" };
    },
    "arquero 8.0.2 → 8.0.3",
  ],
  [
    "a module",
    (it) => {
      const cell = cellOf(it, "worst").metadata.boathouse as { modules: Record<string, string> };
      cell.modules = { "notebooks/fit.ts": "2" };
    },
    "notebooks/fit.ts has other contents",
  ],
];

test.each(EDITS)("diffNotebooks() reports and names %s", (_what, edit, named) => {
  const [was, now] = [baseNotebook(), baseNotebook()];
  edit(now);
  const diff = diffNotebooks(was, now);
  expect(diff.equal).toBe(false);
  expect(diffAsText(diff)).toContain(named);
});

test.each(EDITS)("diffNotebooks() reports %s the other way round too", (_what, edit) => {
  const [was, now] = [baseNotebook(), baseNotebook()];
  edit(now);
  expect(diffNotebooks(now, was).equal).toBe(false);
});

test("diffNotebooks() names each of many edits", () => {
  const [was, now] = [baseNotebook(), baseNotebook()];
  const many = EDITS.filter(([what]) =>
    ["code", "Markdown", "a chart", "a table's value", "a parameter"].includes(what)
  );
  for (const [, edit] of many) edit(now);
  const text = diffAsText(diffNotebooks(was, now));
  for (const [, , named] of many) expect(text).toContain(named);
});

test("diffNotebooks() of equal notebooks is empty", () => {
  const diff = diffNotebooks(baseNotebook(), baseNotebook());
  expect(diff.equal).toBe(true);
  expect([diff.unchanged, diff.cells]).toEqual([10, [{ state: "unchanged", count: 10 }]]);
  expect(diffAsText(diff)).toBe("no differences");
});
