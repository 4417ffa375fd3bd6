import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Slice } from "../cells/mod.ts";
import { declareLibrary } from "./declared_library.ts";

/**
 * Type-checks a slice with the workbench's deno.json: first against the declarations of the library, which is fast. Only
 * the check against the library itself finds errors.
 *
 * @param slice the module
 * @param folder absolute folder that its relative imports start from
 * @param root absolute folder of deno.json
 * @throws {TypeError} at the first type error, with cell and line
 */
export async function typeCheck(slice: Slice, folder: string, root: string): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-check-" });
  try {
    const file = join(dir, "slice.ts");
    await Deno.writeTextFile(file, absoluteImports(slice, folder));
    const declared = await declareLibrary(root, join(dir, "library"));
    if (declared && await errorsIn(file, root, ["--import-map", declared]) === null) return;
    const errors = await errorsIn(file, root);
    if (errors !== null) throw new TypeError(await describe(errors, slice));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function errorsIn(file: string, root: string, more: string[] = []): Promise<string | null> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--quiet", "--config", join(root, "deno.json"), ...more, file],
    env: { NO_COLOR: "1" },
  }).output();
  return code === 0 ? null : new TextDecoder().decode(stderr);
}

// Each import stands on a line of its own at the head of a slice.
function absoluteImports({ source, imports }: Slice, folder: string): string {
  const lines = source.split("\n");
  for (const [index, { specifier }] of imports.entries()) {
    if (!specifier.startsWith(".")) continue;
    lines[index] = lines[index]!.replace(
      JSON.stringify(specifier),
      JSON.stringify(pathToFileURL(join(folder, specifier)).href),
    );
  }
  return lines.join("\n");
}

async function describe(output: string, slice: Slice): Promise<string> {
  const { placeInSlice } = await import("../cells/mod.ts");
  const [message = "it failed"] = output.split("\n").filter((line) => line.trim() !== "");
  const at = /slice\.ts:(\d+):\d+/.exec(output);
  const place = at ? placeInSlice(slice, Number(at[1])) : null;
  const where = place ? ` in cell "${place.name}" line ${place.line}` : "";
  return `Cannot promote the function as its type check failed${where}: ${
    message.replace(/^(TS\d+) \[ERROR\]: /, "$1 ").trim()
  }`;
}
