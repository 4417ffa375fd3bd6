import { dirname, join } from "node:path";
import {
  type CellRun,
  finding,
  isCode,
  openSources,
  type Output,
  readNotebook,
  stampProvenance,
  writeNotebook,
} from "../../mod.ts";
import { notebookOf, type SketchedCell } from "../sketch.ts";
import type { Random } from "./random.ts";

/** A cell as it was made, with what it takes from others. */
export interface MadeCell {
  id: string;
  kind: "imports" | "parameters" | "reads" | "value" | "shows" | "finds";
  source: string;
  /** Names of other cells that it uses. */
  uses: string[];
  /** Names that it declares. */
  defines: string[];
}

/** A name that cells import, and what is reached through it. */
export interface ImportedName {
  name: string;
  specifier: string;
  /** Local modules, from the root. */
  modules: string[];
  /** Names of packages. */
  packages: string[];
}

/** A workbench in memory with one notebook that ran from top to bottom. */
export interface MadeWorkbench {
  /** Texts by path from the root. */
  files: Map<string, string>;
  cells: MadeCell[];
  imports: ImportedName[];
  /** Values that the run was given. */
  parameters: Record<string, number | string>;
}

/** Folder of the workbench, which is on no disk. */
export const ROOT = "/made";
/** Its notebook, from the root. */
export const NOTEBOOK = "notebooks/made/made.ipynb";

/** Reads files of a workbench by absolute path. */
export function readerOf(files: ReadonlyMap<string, string>, root = ROOT): (path: string) => string | null {
  return (path) => path.startsWith(`${root}/`) ? files.get(path.slice(root.length + 1)) ?? null : null;
}

/** Makes a workbench by chance: modules three imports deep, packages, parameters, inputs, cells that use one another. */
export async function makeWorkbench(random: Random): Promise<MadeWorkbench> {
  const imports = random.shuffle(IMPORTS);
  const cells = makeCells(imports, random);
  const files = new Map(Object.entries(FILES));
  const parameters = { limit: 10, origin: "ORD" };
  const made: MadeWorkbench = { files, cells, imports, parameters };
  files.set(NOTEBOOK, await run(made, random));
  return made;
}

const FILES: Readonly<Record<string, string>> = {
  "deno.json": json({
    version: "0.1.0",
    tasks: { demo: "deno run demo.ts" },
    imports: {
      boathouse: "./lib/mod.ts",
      zod: "npm:zod@4.6.7",
      arquero: "npm:arquero@^8",
      frames: "npm:arquero@^8",
      schemas: "npm:zod@4.6.7/mini",
      "shared/": "./lib/shared/",
      unreached: "npm:yaml@2.9.1",
    },
  }),
  "deno.lock": json({
    version: "5",
    specifiers: {
      "npm:zod@4.6.7": "4.6.7",
      "npm:zod@4.6.8": "4.6.8",
      "npm:arquero@^8": "8.0.3",
      "npm:simple@*": "1.0.0",
      "npm:yaml@2.9.1": "2.9.1",
    },
    npm: {
      "acorn@8.19.0": { integrity: "sha512-acorn" },
      "arquero@8.0.3": { integrity: "sha512-arquero", dependencies: ["acorn"] },
      "simple@1.0.0": { integrity: "sha512-simple" },
      "yaml@2.9.1": { integrity: "sha512-yaml" },
      "zod@4.6.7": { integrity: "sha512-zod" },
      "zod@4.6.8": { integrity: "sha512-zod-next" },
    },
  }),
  "lib/mod.ts": "export const lake = {};",
  "lib/shared/scale.ts": "/** How much. */\nexport const scale = (value: number) => value * 3;\n",
  "lib/shared/other.ts": "export const scale = (value: number) => value * 5;\n",
  "notebooks/made/deep.ts":
    `import { middle } from "./middle.ts";\nexport function deep(rows: number[]): number {\n  return middle(rows) + 1;\n}\n`,
  "notebooks/made/middle.ts":
    `import { base, type Row } from "./base.ts";\nexport const middle = (rows: number[]) => rows.map((row) => base(row)).length;\nexport type Kept = Row;\n`,
  "notebooks/made/base.ts":
    `import simple from "npm:simple";\nexport interface Row { a: number }\nexport const base = (row: number) => simple(row, 'x', 0.5);\n`,
  "notebooks/made/door.ts": `export { inner } from "./inner.ts";\nexport * from './more.ts';\n`,
  "notebooks/made/inner.ts": "export const inner = (x: number) => { if (x > 2) return x; return -x; };\n",
  "notebooks/made/more.ts": "export const more = `one\ntwo ${1 + 1}`;\n",
  "notebooks/made/table.json": json({ rows: [1, 2, 3], unit: "min" }),
  "notebooks/made/unreached.ts": "export const unreached = 1;\n",
};

const MADE = "notebooks/made/";
const DOOR = [`${MADE}door.ts`, `${MADE}inner.ts`, `${MADE}more.ts`];
const IMPORTS: readonly ImportedName[] = [
  {
    name: "deep",
    specifier: "./deep.ts",
    modules: [`${MADE}deep.ts`, `${MADE}middle.ts`, `${MADE}base.ts`],
    packages: ["simple"],
  },
  { name: "inner", specifier: "./door.ts", modules: DOOR, packages: [] },
  { name: "more", specifier: "./door.ts", modules: DOOR, packages: [] },
  { name: "table", specifier: "./table.json", modules: [`${MADE}table.json`], packages: [] },
  { name: "scale", specifier: "shared/scale.ts", modules: ["lib/shared/scale.ts"], packages: [] },
  { name: "z", specifier: "zod", modules: [], packages: ["zod"] },
  { name: "mini", specifier: "schemas", modules: [], packages: ["zod"] },
  { name: "aq", specifier: "arquero", modules: [], packages: ["arquero", "acorn"] },
  { name: "pl", specifier: "frames", modules: [], packages: ["arquero", "acorn"] },
  { name: "lake", specifier: "boathouse", modules: [], packages: ["boathouse"] },
];

const PARAMETERS = ["limit", "origin", "unset"];

function makeCells(imports: readonly ImportedName[], random: Random): MadeCell[] {
  const half = 3 + random.below(4);
  const cells = [importCell("imports", imports.slice(0, half)), importCell("imports-2", imports.slice(half))];
  cells.push({
    id: "parameters",
    kind: "parameters",
    source: `const limit = 5; // rows\nconst origin = "ATL";\nlet unset = 1;`,
    uses: [],
    defines: PARAMETERS,
  });
  const names = [...imports.map(({ name }) => name), ...PARAMETERS];
  for (const [index, name] of random.shuffle(names).entries()) {
    const others = cells.flatMap(({ kind, defines }) => kind === "value" || kind === "reads" ? defines : []);
    const used = [...new Set([name, ...others.length > 0 ? [random.pick(others), random.pick(others)] : []])];
    cells.push(makeCell(index, used, random));
  }
  return cells;
}

function importCell(id: string, imports: readonly ImportedName[]): MadeCell {
  const source = imports.map(({ name, specifier }) => {
    if (/json$/.test(specifier)) return `import ${name} from "${specifier}" with { type: "json" };`;
    return /^(frames|schemas)$/.test(specifier)
      ? `import * as ${name} from '${specifier}'`
      : `import { ${name} } from "${specifier}";`;
  });
  return { id, kind: "imports", source: source.join("\n"), uses: [], defines: imports.map(({ name }) => name) };
}

/** Each uses what it is given; how is up to chance. */
function makeCell(index: number, uses: string[], random: Random): MadeCell {
  const [name, id] = [`v${index}`, `cell-${index}`];
  const list = uses.join(", ");
  const shapes: (() => Omit<MadeCell, "id" | "uses">)[] = [
    () => ({ kind: "value", source: `const ${name} = combine(${list}, 17, "north");`, defines: [name] }),
    () => ({ kind: "value", source: `let ${name} = [${list}]\n  .map((x) => x + 1.5)`, defines: [name] }),
    () => ({
      kind: "value",
      source: `function ${name}(row = 2) {\n  if (row > 1) return [${list}];\n  return 'none';\n}`,
      defines: [name],
    }),
    () => ({ kind: "value", source: `const { a: ${name} } = { a: [${list}], b: /x+y/g, };`, defines: [name] }),
    () => ({ kind: "reads", source: `const ${name} = await read(${list}, \`SELECT 3\`);`, defines: [name] }),
    () => ({ kind: "shows", source: `//| label: figure-${index}\nplot([${list}], { width: 640 })`, defines: [] }),
    () => ({ kind: "finds", source: `finding\`It is \${${uses[0]}} of ${index}.\`;\nkeep(${list});`, defines: [] }),
  ];
  return { id, uses, ...random.pick(shapes)() };
}

/** The notebook as a run from top to bottom leaves it. */
async function run({ files, cells, parameters }: MadeWorkbench, random: Random): Promise<string> {
  const sketched = cells.flatMap((cell): SketchedCell[] => [
    { id: `text-${cell.id}`, markdown: cell === cells[0] ? "# Does it hold?" : `About ${cell.id}.` },
    { id: cell.id, code: cell.source, ...cell.kind === "parameters" ? { tags: ["parameters"] } : {} },
  ]);
  const runs = new Map(cells.map((cell, index) => [cell.id, runOf(cell, index, random)]));
  const sources = await openSources(ROOT, { readFile: readerOf(files) });
  const from = join(ROOT, dirname(NOTEBOOK));
  const stamped = await stampProvenance(notebookOf(sketched), { cells: runs, parameters }, { root: ROOT, from, sources });
  return writeNotebook(stamped);
}

function runOf({ kind }: MadeCell, index: number, random: Random): CellRun {
  const inputs = kind === "reads" ? [random.pick(INPUTS)] : [];
  const outputs: Output[] = [];
  if (random.below(3) === 0) outputs.push({ output_type: "stream", name: "stdout", text: `line ${index}\nline 2\n` });
  if (kind === "shows") outputs.push(result({ "text/plain": `<Figure ${index}>`, "image/svg+xml": "<svg>\n</svg>\n" }));
  if (kind === "finds") outputs.push(result(findingBundle(index)));
  const writes = kind === "reads" ? [{ table: "late" }] : [];
  return { outputs, inputs, unproven: index % 7 === 5 ? ["clock"] : [], writes };
}

function result(data: Record<string, unknown>): Output {
  return { output_type: "execute_result", data, metadata: {}, execution_count: null };
}

function findingBundle(index: number): Record<string, unknown> {
  const shown = finding`It is ${index + 0.5} of ${index}.` as unknown as Record<symbol, () => Record<string, unknown>>;
  return shown[Symbol.for("Jupyter.display")]!();
}

const INPUTS: readonly CellRun["inputs"][number][] = [
  { name: "flights", table: "id-1", incarnation: "7f", ends: { "0": 10, "1": 12 }, rows: 22, until: "2001-05-31" },
  { name: "routes", table: "id-2", version: 3, digest: "d3" },
  { name: "delay@champion", model: "delay", version: "1", digest: "m1" },
];

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Ids of cells whose outputs hang on some names, directly or through the values of other cells. */
export function dependents({ cells }: MadeWorkbench, isSource: (cell: MadeCell) => boolean): string[] {
  const found = new Set(cells.filter(isSource).map(({ id }) => id));
  for (const cell of cells) {
    const from = cell.uses.map((name) => cells.find(({ kind, defines }) => kind !== "imports" && defines.includes(name)));
    if (from.some((other) => other && found.has(other.id))) found.add(cell.id);
  }
  return [...found];
}

/** The code cells of its notebook, as they are now. */
export function codeOf({ files }: MadeWorkbench) {
  return readNotebook(files.get(NOTEBOOK)!, NOTEBOOK).cells.filter(isCode);
}
