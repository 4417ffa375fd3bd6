import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readImports } from "../config/env/mod.ts";

/**
 * Writes what the workbench's library declares, and an import map by which its names lead there.
 *
 * @param root absolute folder of deno.json
 * @param folder absolute folder to write to
 * @returns absolute path of the import map; null where the library is no local module
 */
export async function declareLibrary(root: string, folder: string): Promise<string | null> {
  const imports = Object.entries(readImports(root)).flatMap((entry) => absolute(entry, root));
  const entries = imports.filter(([name, target]) => /^boathouse(\/[^/]+)*$/.test(name) && target.startsWith("file:"));
  if (entries.length === 0) return null;
  const { declareFaces } = await import("../cells/mod.ts");
  const modules = await declareFaces(entries.map(([, target]) => fileURLToPath(target)), readText);
  for (const { path, text } of modules) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
  const written = new Map(modules.map(({ path }) => [
    pathToFileURL(path).href,
    pathToFileURL(join(folder, path)).href,
  ]));
  const map = { imports: Object.fromEntries(imports.map(([name, target]) => [name, written.get(target) ?? target])) };
  await Deno.writeTextFile(join(folder, "imports.json"), JSON.stringify(map));
  return join(folder, "imports.json");
}

/** An entry as an import map of any folder says it; deno.json alone adds the modules inside of a package. */
function absolute([name, target]: [string, string], root: string): [string, string][] {
  if (/^\.{0,2}\//.test(target)) return [[name, new URL(target, pathToFileURL(`${root}/`)).href]];
  const inside = !name.endsWith("/") && /^(npm|jsr):\/?(.+)$/.exec(target);
  return inside ? [[`${name}/`, `${inside[1]}:/${inside[2]}/`], [name, target]] : [[name, target]];
}

function readText(path: string): string | null {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
