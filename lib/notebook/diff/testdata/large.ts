import { type NotebookCell, type Output, writeNotebook } from "../../mod.ts";
import { code, markdown, show, tableOutput } from "./base.ts";

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

/** A notebook of about 5 MB as text; in the second version one cell in ten has other code and other outputs. */
export function largeNotebook(version: 1 | 2): string {
  const cells = times(240, (index) => cellOf(index, version === 2 && index % 10 === 3));
  return writeNotebook({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

function cellOf(index: number, edited: boolean): NotebookCell {
  if (index % 4 === 0) return markdown(`m${index}`, `## Part ${index}\n\n${"What is seen here. ".repeat(40)}`);
  const lines = times(30, (line) => `const value${line} = measure(rows, ${line + index}, "part ${index}");`);
  if (edited) lines.splice(7, 2, `const other = measure(rows, "edited");`);
  return code(`c${index}`, lines.join("\n"), outputsOf(index, edited ? 1 : 0));
}

function outputsOf(index: number, more: number): Output[] {
  if (index % 4 === 1) {
    const text = times(200, (line) => `step ${line}: loss ${(index / (line + 1 + more)).toFixed(6)}\n`).join("");
    return [{ output_type: "stream", name: "stdout", text }];
  }
  if (index % 4 === 2) {
    const rows = times(80, (row) => ({ route: `R${row}-${index}`, n: row * index + more * (row % 9), mean: (row + more) / 7 }));
    return [tableOutput({ route: "string", n: "integer", mean: "number" }, rows)];
  }
  const dots = times(400, (dot) => `<circle cx="${dot}" cy="${(dot * index + more) % 97}" r="2"/>`).join("");
  const picture = new Uint8Array(24_000).map((_, at) => (at * index + more) % 251).toBase64();
  return [
    show({ "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg">${dots}</svg>`, "text/plain": `Chart ${index}` }),
    show({ "image/png": picture, "text/plain": `Map ${index}` }),
  ];
}
