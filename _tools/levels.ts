import { dirname, join, normalize, relative } from "node:path";

/** Folders of lib/ by level; a folder imports lower levels only (docs/architecture.md, "Levels"). */
export const LEVELS: readonly (readonly string[])[] = [
  ["config", "events", "columns", "stats", "git"],
  ["bus", "store"],
  ["lake"],
  ["ingest", "control"],
  ["cells", "stream", "models", "sandbox"],
  ["notebook", "plot"],
  ["functions"],
  ["endpoints"],
  ["simulate", "experiments", "evaluate"],
  ["monitor"],
  ["product", "workbench"],
];

const LEVEL_OF = new Map(LEVELS.flatMap((names, level) => names.map((name) => [name, level] as const)));
const NOTEBOOK_SPECIFIERS = ["boathouse", "boathouse/plot"];

/**
 * Judges one import by the rules of levels and faces.
 *
 * @param root absolute folder of the repository
 * @param file absolute path of the importing file
 * @param specifier the module specifier as written
 * @returns what is wrong, or null
 */
export function judgeImport(root: string, file: string, specifier: string): string | null {
  const from = relative(root, file).split("/");
  if (from[0] === "notebooks") return judgeNotebook(specifier);
  const to = targetOf(root, file, specifier);
  if (!to) return null;
  const isTest = /_(test|bench)\.ts$|(^|\/)(conformance|testdata)/.test(from.join("/"));
  const crossing = folderOf(from) !== folderOf(to);
  if (crossing && to[0] === "lib" && to.length > 2 && to.at(-1) !== "mod.ts") {
    return `other folders import "lib/${to[1]}/mod.ts", never its insides`;
  }
  if (from[0] === "lib" && to[0] !== "lib" && !isTest) return `lib imports nothing of "${to[0]}"`;
  if (pairOf(from, to) === "kernel-ext server") return "kernel-ext and server never import each other";
  return from[0] === "lib" && to[0] === "lib" && !isTest ? judgeLevel(from, to) : null;
}

function judgeNotebook(specifier: string): string | null {
  if (!specifier.includes("boathouse") || NOTEBOOK_SPECIFIERS.includes(specifier)) return null;
  return `notebooks import, of Boathouse, only ${NOTEBOOK_SPECIFIERS.map((name) => `"${name}"`).join(" and ")}`;
}

function targetOf(root: string, file: string, specifier: string): string[] | null {
  if (specifier === "boathouse") return ["lib", "mod.ts"];
  if (specifier === "boathouse/plot") return ["lib", "plot", "mod.ts"];
  if (!specifier.startsWith(".")) return null;
  return relative(root, normalize(join(dirname(file), specifier))).split("/");
}

function folderOf(path: string[]): string {
  return path.slice(0, path[0] === "lib" || path[0] === "server" || path[0] === "kernel-ext" ? 2 : 1).join("/");
}

function pairOf(from: string[], to: string[]): string {
  return [from[0], to[0]].sort().join(" ");
}

function judgeLevel(from: string[], to: string[]): string | null {
  if (from.length === 2 || from[1] === to[1]) return null;
  if (to.length === 2) return "nothing in lib imports lib/mod.ts";
  const [here, there] = [LEVEL_OF.get(from[1]!), LEVEL_OF.get(to[1]!)];
  if (here === undefined) return `folder "lib/${from[1]}" has no level: add it to _tools/levels.ts`;
  if (there === undefined) return `folder "lib/${to[1]}" has no level: add it to _tools/levels.ts`;
  return there < here
    ? null
    : `level ${here} ("${from[1]}") imports lower levels only, and "${to[1]}" is level ${there}`;
}
