import { join } from "node:path";

/** Packages of a workbench: which version deno.lock fixes for a specifier, and where it lies. */
export interface Packages {
  /**
   * Finds the folder that a specifier such as `npm:zod@4.6.7/v4` is resolved from, and the bare name to resolve there.
   * Throws SyntaxError when no exact version is fixed or another one lies there.
   */
  locate(specifier: string): Promise<{ name: string; folder: string }>;
  /** Integrity by `name@version` of the packages that files belong to; null where deno.lock has none. */
  reached(files: readonly string[]): Promise<Record<string, string | null>>;
}

interface Lock {
  specifiers?: Record<string, string>;
  npm?: Record<string, { integrity?: string }>;
}

/**
 * Reads deno.lock of a workbench.
 *
 * @param root absolute folder of deno.json
 * @returns its packages
 * @throws {SyntaxError} when deno.lock is no JSON
 */
export async function openPackages(root: string): Promise<Packages> {
  const lock = JSON.parse(await readOr(join(root, "deno.lock"), "{}")) as Lock;
  return {
    async locate(specifier) {
      const { name, wanted, inside } = parseSpecifier(specifier);
      const version = exactVersion(lock, name, wanted);
      if (version === null) {
        throw new SyntaxError(`"${specifier}" must be fixed to one version by deno.lock: run deno install`);
      }
      const folders = [
        join(root, "node_modules/.deno", `${name.replace("/", "+")}@${version}`, "node_modules"),
        join(root, "node_modules"),
      ];
      for (const folder of folders) {
        if (await versionIn(join(folder, name)) === version) return { name: name + inside, folder };
      }
      throw new SyntaxError(`"${specifier}" must lie in node_modules as version ${version}: run deno install`);
    },
    async reached(files) {
      const found = new Map<string, string | null>();
      for (const folder of new Set(files.flatMap(packageFolder))) {
        const { name, version } = JSON.parse(await Deno.readTextFile(join(folder, "package.json")));
        found.set(`${name}@${version}`, lock.npm?.[`${name}@${version}`]?.integrity ?? null);
      }
      return Object.fromEntries([...found].sort(([a], [b]) => a < b ? -1 : 1));
    },
  };
}

function parseSpecifier(specifier: string): { name: string; wanted: string; inside: string } {
  const [, name, wanted = "*", inside = ""] = /^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@([^/]*))?(\/.*)?$/.exec(specifier) ??
    [];
  if (name === undefined) throw new SyntaxError(`"${specifier}" must be npm:NAME@VERSION`);
  return { name, wanted, inside };
}

// A lock names a version with the peers that it was resolved with: 1.2.3_peer@4.5.6.
function exactVersion({ specifiers }: Lock, name: string, wanted: string): string | null {
  const locked = specifiers?.[`npm:${name}@${wanted}`];
  if (locked !== undefined) return locked.split("_")[0]!;
  return /^\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(wanted) ? wanted : null;
}

async function versionIn(folder: string): Promise<string | null> {
  return (JSON.parse(await readOr(join(folder, "package.json"), "{}")) as { version?: string }).version ?? null;
}

function packageFolder(file: string): string[] {
  const found = /^.*node_modules\/(?:@[^/]+\/)?[^/.][^/]*/.exec(file);
  return found ? [found[0]] : [];
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return otherwise;
    throw error;
  }
}
