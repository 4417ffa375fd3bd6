import { type NameKind, type Outline, outlineCell } from "../../lib/cells/mod.ts";

/** A cell, with what its text declares and uses. */
export interface OutlinedCell {
  /** Number of its module; 0 for the cell that is asked about. */
  number: number;
  source: string;
  outline: Outline;
}

/** A cell as the language server sees it: a module of its own. */
export interface CellModule {
  /** Its file name; there is no such file. */
  name: string;
  language: "typescript" | "typescriptreact";
  text: string;
  /** How many lines stand before those of the cell. */
  headLines: number;
  /** How many UTF-16 units these have. */
  headChars: number;
  /** Names that come from other cells, with what declares them there. */
  links: ReadonlyMap<string, NameKind>;
}

/** Reads a cell. */
export function outlinedCell(number: number, source: string): OutlinedCell {
  // The server ends lines at "\n" alone, TypeScript also at a lone "\r".
  const lines = source.replace(/\r(?!\n)/g, "\n");
  return { number, source: lines, outline: outlineCell(lines) };
}

/**
 * Writes cells as modules that import from one another. A name comes from the cell that declared it last before; a name
 * that only later cells declare, as functions may use, from the first of those. So a cell may declare again what others
 * declared, and what the platform has, such as `close` or `name`.
 *
 * @param ran The cells that ran, in the order in which they did.
 * @returns Their modules; each exports what it declares.
 */
export function ranModules(ran: readonly OutlinedCell[]): CellModule[] {
  const declaring = declarations(ran);
  return ran.map((cell, at) => {
    const own = cell.outline.names;
    const wanted = [...cell.outline.words].filter((word) => !own.has(word) && declaring.has(word));
    const links = wanted.map((name) => [name, sourceOf(declaring.get(name)!, at)] as const);
    const exported = [...own.keys()].map((name) => `${name} as ${HIDDEN}${name}`).join(", ");
    const { text, ...rest } = moduleOf(cell, new Map(links), ran);
    return { ...rest, text: `${text}\n;export { ${exported} };` };
  });
}

/**
 * Writes the cell that is asked about as a module that runs next: every name of the others is there.
 *
 * @param cell The cell.
 * @param ran The others, in the order in which they ran.
 */
export function askedModule(cell: OutlinedCell, ran: readonly OutlinedCell[]): CellModule {
  const known = [...declarations(ran)].filter(([name]) => !cell.outline.names.has(name));
  return moduleOf(cell, new Map(known.map(([name, indexes]) => [name, indexes.at(-1)!])), ran);
}

/** Heads names that only link modules. */
export const HIDDEN = "__bh_";

/** What the file names of modules begin with. */
export const FILE_PREFIX = "boathouse-cell";

/** By name the indexes of the cells that declare it, ascending. */
function declarations(ran: readonly OutlinedCell[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [at, { outline }] of ran.entries()) {
    for (const name of outline.names.keys()) {
      const indexes = found.get(name);
      if (indexes) indexes.push(at);
      else found.set(name, [at]);
    }
  }
  return found;
}

function sourceOf(indexes: readonly number[], at: number): number {
  return indexes.findLast((index) => index < at) ?? indexes[0]!;
}

function moduleOf(
  cell: OutlinedCell,
  links: ReadonlyMap<string, number>,
  ran: readonly OutlinedCell[],
): CellModule {
  const kinds = new Map([...links].map(([name, at]) => [name, ran[at]!.outline.names.get(name)!]));
  const taken = [...links].map(([name, at]) => take(name, ran[at]!, cell.outline.assigned.has(name)));
  const head = `${pragmas(cell.source)}export {}; ${taken.join(" ")}\n`;
  return {
    name: fileName(cell),
    language: cell.outline.jsx ? "typescriptreact" : "typescript",
    text: head + cell.source,
    headLines: head.split("\n").length - 1,
    headChars: head.length,
    links: kinds,
  };
}

/** An imported name is a constant to TypeScript, and so one that is assigned to becomes a variable of that type. */
function take(name: string, from: OutlinedCell, assigned: boolean): string {
  const kind = from.outline.names.get(name);
  const declared = assigned && (kind === "variable" || kind === "constant");
  const local = declared ? `${HIDDEN}was_${name}` : name;
  const line = `import { ${HIDDEN}${name} as ${local} } from "./${fileName(from)}";`;
  if (!declared) return line;
  return `${line} declare ${kind === "constant" ? "const" : "let"} ${name}: typeof ${local};`;
}

function fileName({ number, outline }: OutlinedCell): string {
  return `${FILE_PREFIX}${number === 0 ? "" : `-${number}`}.${outline.jsx ? "tsx" : "ts"}`;
}

/** Comments that count only at the head of a file, as lines. */
function pragmas(source: string): string {
  const comments = /^(?:\s*(?:\/\/.*(?:\n|$)|\/\*[^]*?\*\/))*/.exec(source)![0].trim();
  return /@ts-nocheck|@jsx/.test(comments) ? `${comments}\n` : "";
}
