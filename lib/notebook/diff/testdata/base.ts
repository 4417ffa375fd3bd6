import type { CodeCell, Notebook, NotebookCell, Output } from "../../mod.ts";

/** A table output with its plain text. */
export function tableOutput(fields: Record<string, string>, data: Record<string, unknown>[]): Output {
  const schema = { fields: Object.entries(fields).map(([name, type]) => ({ name, type })) };
  const text = data.map((row) => Object.values(row).join(" ")).join("\n");
  return show({ "application/vnd.dataresource+json": { schema, data }, "text/plain": text });
}

/** A displayed value. */
export function show(data: Record<string, unknown>): Output {
  return { output_type: "display_data", data, metadata: {} };
}

export function chart(colour: string): Output {
  return show({ "image/svg+xml": `<svg><rect fill="${colour}"/></svg>`, "text/plain": "Delay by hour" });
}

export function code(id: string, source: string, outputs: Output[] = [], metadata = {}): CodeCell {
  return { cell_type: "code", id, metadata, source, outputs, execution_count: 1 };
}

export function markdown(id: string, source: string): NotebookCell {
  return { cell_type: "markdown", id, metadata: {}, source };
}

/** What a cell's run recorded, with a finding. */
export function recorded(text: string, values: Record<string, unknown>): Record<string, unknown> {
  const hashes = { upstream: {}, modules: { "notebooks/fit.ts": "1" }, packages: { "arquero@8.0.2": "i" } };
  const cell = { source: "0", ...hashes, parameters: [], inputs: ["flights"], order: 1, findings: [{ text, values }] };
  return { boathouse: cell };
}

const RAW = { table: "t", incarnation: "a", ends: { "0": 10 }, rows: 416295, until: "2001-05-31T23:57:00.000000Z" };

/** A notebook with one of everything that a diff must report. */
export function baseNotebook(): Notebook {
  const rows = [{ route: "ORD-LGA", n: 3, delay: 12.5 }, { route: "SFO-LAX", n: 5, delay: -1 }];
  return {
    cells: [
      markdown("intro", "# What drives delay?\n\nOne row is one flight."),
      code("setup", `import { open } from "boathouse";\nconst { lake } = await open();`),
      code("parameters", `const until = "2001-06-01";`, [], { tags: ["parameters"] }),
      code("table", "const rows = query();\ntable(rows);", [
        tableOutput({ route: "string", n: "integer", delay: "number" }, rows),
      ]),
      code("chart", "//| label: delay by hour\nPlot.plot({ marks: [Plot.barY(rows)] });", [chart("red")]),
      code("worst", "finding`Worst is ${route} with ${delay.toFixed(2)} minutes.`", [], {
        ...recorded("Worst is ORD-LGA with 12.50 minutes.", { route: "ORD-LGA", "delay.toFixed(2)": "12.50" }),
      }),
      code("log", "console.log(1);\nconsole.log(2);", [{ output_type: "stream", name: "stdout", text: "1\n2\n" }]),
      code("picture", "png", [show({ "image/png": "AAAA", "text/plain": "map" })]),
      code("fails", "nothing.here", [
        { output_type: "error", ename: "TypeError", evalue: "nothing is undefined", traceback: ["at 1"] },
      ]),
      markdown("end", "That is all."),
    ],
    metadata: {
      kernelspec: { name: "boathouse" },
      boathouse: {
        schema: 1,
        deno: "2.9.6",
        boathouse: "0.1.0",
        parameters: { until: "2001-06-01" },
        inputs: { flights: { ...RAW } },
      },
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
}
