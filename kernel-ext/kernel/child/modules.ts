import { type Trace, traceCaller, withTrace } from "./interrupts.ts";
import { keys } from "./primordials.ts";
import type { Reads } from "./reads.ts";
import { isBuiltin, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** How cells load modules. */
export interface Modules {
  /** What `import.meta` is in a cell. */
  meta: { url: string; dirname: string; main: boolean; resolve(specifier: string): string };
  load(specifier: string, options?: ImportCallOptions, names?: readonly string[]): Promise<Record<string, unknown>>;
  /**
   * Tells which local modules have changed since they were loaded, their version by file URL, and where specifiers of
   * deno.json lead that has changed since the process started.
   */
  setChanges(versions: Record<string, string>, imports: Record<string, string>): void;
}

/**
 * Resolves what cells import against the notebook's folder, and loads changed local modules anew.
 *
 * @param folder File URL of the notebook's folder, with a slash at its end.
 * @param options `warn` is told of a name that a module does not export; `builtin` watches modules of the runtime.
 */
export function createModules(
  folder: string,
  { warn, builtin }: { warn(text: string): void; builtin: Reads["builtin"] },
): Modules {
  let versions: Record<string, string> = {};
  let imports: Record<string, string> = {};
  let hooked = false;
  const resolve = (specifier: string) => /^(\.\.?)?\//.test(specifier) ? new URL(specifier, folder).href : specifier;
  const load: Modules["load"] = async (specifier, options, names = []) => {
    const trace = traceCaller(load);
    const name = resolve(String(specifier));
    const loaded = await import(name, options).catch((error) => {
      throw error instanceof Error ? asOfCell(error, name, trace) : error;
    }) as Record<string, unknown>;
    const module = isBuiltin(name) ? builtin(name, loaded) : loaded;
    const missing = names.filter((name) => name !== "*" && !(name in module));
    if (missing.length > 0) warn(missingText(specifier, missing));
    return module;
  };
  return {
    meta: { url: folder, dirname: fileURLToPath(folder).replace(/\/$/, ""), main: false, resolve },
    load,
    setChanges: (nextVersions, nextImports) => {
      versions = nextVersions;
      imports = nextImports;
      if (hooked || keys(versions).length + keys(imports).length === 0) return;
      hooked = true;
      registerHooks({
        resolve: (specifier, context, nextResolve) => {
          const found = nextResolve(mapped(specifier, imports), context);
          const version = versions[found.url];
          return version === undefined ? found : { ...found, url: `${found.url}?v=${version}` };
        },
      });
    },
  };
}

/** The loader takes this module for who imports, and its errors have no frames of their own, but for who waits. */
function asOfCell(error: Error, name: string, trace: Trace): Error {
  const isOurs = error.message.includes(`"${import.meta.url}"`);
  if (isOurs) error.message = error.message.replaceAll(`"${import.meta.url}"`, placeOf(trace)) + wayOut(name);
  return isOurs || !/\n\s+at (?!async )/.test(error.stack ?? "") ? withTrace(error, trace) : error;
}

function placeOf(trace: Trace): string {
  const [, cell, line] = /cell \[([^\]]+)\]:(\d+):\d+/.exec(trace.stack ?? "") ?? [];
  return cell === undefined ? "a cell" : `cell ${cell}, line ${line}`;
}

function wayOut(name: string): string {
  return /^[@\w]/.test(name) ? `: add it by "deno add npm:${name}", or import a file as "./${name}"` : "";
}

/** As import maps have it: the whole specifier, else the longest beginning that ends with a slash. */
function mapped(specifier: string, imports: Record<string, string>): string {
  const names = keys(imports);
  if (names.includes(specifier)) return imports[specifier]!;
  const folders = names.filter((name) => name.endsWith("/") && specifier.startsWith(name));
  const longest = folders.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? specifier : imports[longest] + specifier.slice(longest.length);
}

// A type that is imported without `type` looks the same as a name that is spelt wrong: the module runs, so only say it.
function missingText(specifier: string, names: string[]): string {
  const list = names.map((name) => `"${name}"`).join(", ");
  return `"${specifier}" does not export ${list}; import what is a type by "import type"`;
}
