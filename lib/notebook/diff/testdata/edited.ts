import type { Notebook } from "../../mod.ts";
import { baseNotebook, chart, code, recorded, tableOutput } from "./base.ts";

/** The base notebook as somebody left it who ran it on more data, and changed a bit of everything. */
export function editedNotebook(): Notebook {
  const notebook = baseNotebook();
  const edit = (id: string, change: object) => Object.assign(notebook.cells.find((cell) => cell.id === id)!, change);
  const rows = [
    { route: "ORD-LGA", n: 4, delay: 13 },
    { route: "SFO-LAX", n: 5, delay: -1 },
    { route: "A|<b>", n: 1, delay: 2.25 },
  ];
  edit("intro", { source: "# What drives delay?\n\nOne row is one flight, <script>alert(1)</script> @ann says." });
  edit("table", { outputs: [tableOutput({ route: "string", n: "integer", delay: "number" }, rows)] });
  edit("chart", { outputs: [chart("blue")] });
  edit("worst", { metadata: recorded("Worst is ORD-LGA with 13.00 minutes.", { route: "ORD-LGA", "delay.toFixed(2)": "13.00" }) });
  edit("log", { source: "console.log(1);\nconsole.log(3);", outputs: [{ output_type: "stream", name: "stdout", text: "1\n3\n" }] });
  edit("fails", { outputs: [] });
  const record = notebook.metadata.boathouse as { parameters: object; inputs: { flights: object } };
  record.parameters = { until: "2001-07-01" };
  Object.assign(record.inputs.flights, { until: "2001-06-30T23:59:00.000000Z", rows: 457295 });
  notebook.cells.unshift(...notebook.cells.splice(9, 1));
  notebook.cells.splice(3, 1, code("new", "//| label: one more\nthrow new Error(`\u202e`);", [
    { output_type: "error", ename: "Error", evalue: "\u202e", traceback: ["Error: \u202e", "    at cell 4:2"] },
  ]));
  return notebook;
}
