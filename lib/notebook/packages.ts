import { join, resolve as resolvePath } from "node:path";
import { parseDenoJson } from "../config/env/mod.ts";

/** What a workbench is built from: the import map and version of deno.json, the packages of deno.lock. */
export interface LockedPackages {
  /** Version of Boathouse, from deno.json. */
  boathouse: string;
  /** Import map of deno.json. */
  imports: Record<string, string>;
  /** Version by `npm:` or `jsr:` specifier. */
  specifiers: Record<string, string>;
  /** Locked packages by `registry:name@version`, and remote modules by address. */
  locked: Record<string, { integrity: string; needs: string[] }>;
}

/**
 * Reads deno.json and deno.lock (lock file version 5) of a workbench; a missing file counts as an empty one.
 *
 * @param readFile Gives the text of a file by its absolute path, null when there is none.
 * @param root Absolute folder of the workbench.
 * @returns What is locked.
 * @throws {SyntaxError} When a file is not JSON.
 */
export function readPackages(readFile: (path: string) => string | null, root: string): LockedPackages {
  const path = join(root, "deno.json");
  const { version, imports } = parseDenoJson(readFile(path) ?? "", path);
  const lock = readJson(readFile, join(root, "deno.lock")) as Lock;
  // Without prototype, since specifiers such as "constructor" are looked up in it.
  const locked: LockedPackages["locked"] = Object.create(null);
  Object.assign(locked, packagesOf("npm", lock.npm ?? {}), packagesOf("jsr", lock.jsr ?? {}));
  for (const [url, integrity] of Object.entries(lock.remote ?? {})) locked[url] = { integrity, needs: [] };
  return {
    boathouse: version ?? "unknown",
    imports,
    specifiers: lock.specifiers ?? {},
    locked,
  };
}

interface Lock {
  specifiers?: Record<string, string>;
  npm?: Record<string, LockEntry>;
  jsr?: Record<string, LockEntry>;
  remote?: Record<string, string>;
}

interface LockEntry {
  integrity?: string;
  dependencies?: string[];
  optionalDependencies?: string[];
}

function readJson(readFile: (path: string) => string | null, path: string): unknown {
  try {
    return JSON.parse(readFile(path) ?? "{}");
  } catch (cause) {
    throw new SyntaxError(`Cannot read "${path}" as it must be JSON: ${(cause as Error).message}`, { cause });
  }
}

function packagesOf(registry: string, entries: Record<string, LockEntry>): LockedPackages["locked"] {
  const named = Object.entries(entries).map(([key, entry]) => {
    const needs = [...entry.dependencies ?? [], ...entry.optionalDependencies ?? []];
    return [`${registry}:${key}`, { integrity: entry.integrity ?? "", needs }] as const;
  });
  return Object.fromEntries(named);
}

/**
 * Lists the packages behind a specifier, with the packages that those need in turn. `boathouse` and what lies below it
 * count as one package by its version: its own dependencies are part of that version.
 *
 * @param specifier As written in a cell or module.
 * @param packages What is locked.
 * @returns Integrity by `name@version`; for Boathouse an empty text. What is not locked is `name@unlocked`.
 *
 * @example
 * ```ts
 * import { closureOf } from "./packages.ts";
 *
 * const none = { boathouse: "0.1.0", imports: {}, specifiers: {}, locked: {} };
 * console.assert("boathouse@0.1.0" in closureOf("boathouse/plot", none));
 * ```
 */
export function closureOf(specifier: string, packages: LockedPackages): Record<string, string> {
  if (isBoathouse(specifier)) return { [`boathouse@${packages.boathouse}`]: "" };
  const first = resolve(specifier, packages);
  if (first === null) return { [`${packageName(specifier)}@unlocked`]: "" };
  const found = new Map<string, string>();
  const visit = (key: string): void => {
    const entry = packages.locked[key];
    const name = displayName(key);
    if (!entry || found.has(name)) return;
    found.set(name, entry.integrity);
    for (const need of entry.needs) visit(dependencyKey(key, need, packages));
  };
  visit(first);
  return Object.fromEntries(found);
}

/** Key among the locked ones of a specifier, null where it is not locked. */
function resolve(specifier: string, { imports, specifiers, locked }: LockedPackages): string | null {
  const mapped = mapSpecifier(specifier, imports);
  const parts = partsOf(mapped);
  if (!parts) return locked[mapped] ? mapped : null;
  const asked = `${parts.registry}:${parts.name}`;
  const version = specifiers[asked + parts.range] ?? specifiers[`${asked}@*`] ?? parts.range.slice(1);
  return locked[`${asked}@${version}`] ? `${asked}@${version}` : null;
}

function partsOf(specifier: string): { registry: string; name: string; range: string; path: string } | null {
  const match = /^(npm|jsr):\/?((?:@[^/@]+\/)?[^/@]+)(@[^/]+)?(\/.*)?$/.exec(specifier);
  if (!match) return null;
  const [, registry, name, range = "", path = ""] = match;
  return { registry: registry!, name: name!, range, path };
}

/**
 * Tells where the import map sends specifiers that do not name it themselves: `zod` to `npm:zod@4` says nothing more than
 * the package that is reached, `zod` to `npm:zod@4/v3` or to `npm:other` does.
 *
 * @param specifiers Specifiers as written in cells and modules.
 * @param packages What is locked.
 * @returns By specifier the package with version and path.
 */
export function redirectedPackages(specifiers: readonly string[], packages: LockedPackages): Record<string, string> {
  const found = specifiers.flatMap((specifier) => {
    const parts = isBoathouse(specifier) ? null : partsOf(mapSpecifier(specifier, packages.imports));
    if (!parts || specifier === parts.name + parts.path || partsOf(specifier)) return [];
    const key = resolve(specifier, packages);
    return [[specifier, `${key ? displayName(key) : `${parts.name}@unlocked`}${parts.path}`]];
  });
  return Object.fromEntries(found);
}

/** Whether a specifier is of Boathouse itself. */
function isBoathouse(specifier: string): boolean {
  return /^boathouse(\/|$)/.test(specifier);
}

/** The absolute path of the local file that the import map sends a specifier to; null for packages and Boathouse. */
export function mappedFile(specifier: string, { imports }: LockedPackages, root: string): string | null {
  const target = isBoathouse(specifier) ? specifier : mapSpecifier(specifier, imports);
  return target !== specifier && /^\.{0,2}\//.test(target) ? resolvePath(root, target) : null;
}

/** Where the import map sends a specifier. */
function mapSpecifier(specifier: string, imports: Record<string, string>): string {
  if (Object.hasOwn(imports, specifier)) return String(imports[specifier]);
  const base = Object.keys(imports).filter((key) => specifier.startsWith(key.endsWith("/") ? key : `${key}/`))
    .sort((a, b) => b.length - a.length)[0];
  return base === undefined ? specifier : imports[base]! + specifier.slice(base.length);
}

/** A lock file names a dependency without version where it holds one version of it only. */
function dependencyKey(owner: string, need: string, packages: LockedPackages): string {
  const key = /^(npm|jsr):/.test(need) ? need : `${owner.slice(0, owner.indexOf(":"))}:${need}`;
  const starts = (other: string) => other.startsWith(`${key}@`) || other.startsWith(`${key}_`);
  return resolve(key, packages) ?? Object.keys(packages.locked).filter(starts).sort()[0] ?? key;
}

/** `npm:ajv-formats@3.0.1_ajv@8.20.0` is shown as `ajv-formats@3.0.1`: peers stand in the list themselves. */
function displayName(key: string): string {
  const match = /^(?:npm:|jsr:)((?:@[^/@]+\/)?[^/@]+@[^_]+)/.exec(key);
  return match ? match[1]! : key;
}

/** The name of a package in a specifier. */
export function packageName(specifier: string): string {
  return /^(?:npm:|jsr:)?\/?((?:@[^/@]+\/)?[^/@]+)/.exec(specifier)?.[1] ?? specifier;
}
