import type { LinkedCell } from "../cells/mod.ts";
import {
  closureOf,
  type LockedPackages,
  mappedFile,
  packageName,
  readPackages,
  redirectedPackages,
} from "./packages.ts";

/** What cells run beside their own text, as the files of a workbench have it. Each file is read once. */
export interface Sources {
  /** Version of Boathouse. */
  readonly boathouse: string;
  /** Reads cells and what each takes from others. */
  link(cells: readonly { id: string; source: string }[]): LinkedCell[];
  /** Lists what a cell loads by its own imports; cells that begin alike, as many do, are read once. */
  specifiersOf(source: string): readonly string[];
  /** Lists what specifiers reach from a folder. */
  reach(specifiers: readonly string[], folder: string): Reached;
  /** The shortest way by imports to a module, a path from the root, or to a package. */
  chain(specifiers: readonly string[], folder: string, target: { module: string } | { package: string }): string[];
}

/** What specifiers reach, directly and through modules and packages. */
export interface Reached {
  /** Token hash of each local module, by path from the root. */
  modules: Record<string, string>;
  /** Integrity of each package, by `name@version`. */
  packages: Record<string, string>;
  /** Where the import map sends specifiers whose own text does not say it. */
  imports: Record<string, string>;
}

/** How files are read. */
export interface SourcesOptions {
  /** The text of a file by its absolute path, null when there is none; reads the disk by default. */
  readFile?: (path: string) => string | null;
}

/**
 * Opens the modules and packages of a workbench. What was read once is not read again, so that many notebooks share it.
 *
 * @param root Absolute folder of deno.json and deno.lock; paths of modules are relative to it.
 * @param options How to read a file.
 * @returns What the cells of its notebooks run.
 *
 * @example
 * ```ts
 * import { openSources } from "./sources.ts";
 *
 * const sources = await openSources(Deno.cwd());
 * console.assert(sources.link([{ id: "a", source: "1 + x" }])[0]?.references.join() === "x");
 * ```
 */
export async function openSources(root: string, { readFile = readText }: SourcesOptions = {}): Promise<Sources> {
  const { linkCells, openModules } = await import("../cells/mod.ts");
  let read: LockedPackages | undefined;
  const locked = () => read ??= readPackages(readFile, root);
  const modules = openModules({
    root,
    readFile,
    mapped: (specifier) => mappedFile(specifier, locked(), root),
  });
  const closures = new Map<string, Record<string, string>>();
  const closure = (specifier: string): Record<string, string> => {
    const found = closures.get(specifier) ?? closureOf(specifier, locked());
    closures.set(specifier, found);
    return found;
  };
  const reached = new Map<string, Reached>();
  const loaded = new Map<string, readonly string[]>();
  return {
    get boathouse() {
      return locked().boathouse;
    },
    link: linkCells,
    specifiersOf: (source) => {
      const specifiers = loaded.get(source) ?? linkCells([{ id: "alone", source }])[0]!.specifiers;
      loaded.set(source, specifiers);
      return specifiers;
    },
    reach: (specifiers, folder) => {
      const key = JSON.stringify([folder, ...specifiers]);
      const known = reached.get(key);
      if (known) return known;
      const { modules: local, packages, mapped } = modules.reach(specifiers, folder);
      const imports = sortKeys({ ...mapped, ...redirectedPackages(packages, locked()) });
      const found = { modules: local, packages: sortKeys(Object.assign({}, ...packages.map(closure))), imports };
      reached.set(key, found);
      return found;
    },
    chain: (specifiers, folder, target) => {
      if ("module" in target) return modules.chain(specifiers, folder, target.module);
      const name = target.package;
      const { packages } = modules.reach(specifiers, folder);
      const has = (specifier: string) => Object.keys(closure(specifier)).some((key) => nameOf(key) === name);
      const specifier = packages.find(has);
      if (specifier === undefined) return [name];
      const direct = packageName(specifier);
      const way = modules.chain(specifiers, folder, specifier);
      return direct === name ? [...way, name] : [...way, direct, name];
    },
  };
}

/** The name of `name@version`. */
export function nameOf(key: string): string {
  return key.slice(0, key.lastIndexOf("@"));
}

function sortKeys(record: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(record).sort().map((key) => [key, record[key]!]));
}

/** Longer files are no modules. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The text of a file; null where there is none. Pipes and devices are none, as reading them may never end. */
export function readText(path: string): string | null {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (isFile && size > MAX_BYTES) {
      throw new RangeError(`Cannot read "${path}" as a module must be at most ${MAX_BYTES} bytes: got ${size}`);
    }
    return isFile ? Deno.readTextFileSync(path) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}
