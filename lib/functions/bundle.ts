import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { Plugin } from "esbuild";
import { readImports } from "../config/env/mod.ts";

/** One module to be bundled with all that it imports. */
export interface BundleInput {
  /** TypeScript of the module that exports the function. */
  source: string;
  /** Name that it exports. */
  name: string;
  /** Absolute folder that relative imports start from. */
  folder: string;
  /** Absolute folder of deno.json, whose imports map bare names. */
  root: string;
  /** Whether the bundle answers calls or describes the function. */
  entry: "handler" | "describer";
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
// The sandbox closes globalThis before the bundle loads; what libraries such as zod keep there becomes the bundle's own.
const OWN_GLOBAL = "__boathouse_global";
const CODE_ROOT = join(HERE, "../..");

/**
 * Bundles a function into one ES module whose default export is its handler. The same input gives the same bytes from
 * any folder.
 *
 * @param input source, name, folders
 * @returns JavaScript and its source map
 * @throws {SyntaxError} when something that it imports cannot be resolved or parsed
 */
export async function bundleFunction(input: BundleInput): Promise<{ code: string; map: string }> {
  const esbuild = await import("esbuild");
  try {
    const { outputFiles } = await esbuild.build({
      stdin: { contents: entryText(input), resolveDir: HERE, sourcefile: "entry.ts", loader: "ts" },
      plugins: [resolver(input, readImports(input.root))],
      absWorkingDir: CODE_ROOT,
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      mainFields: ["module", "main"],
      conditions: ["import", "default"],
      target: "esnext",
      minifyWhitespace: true,
      legalComments: "none",
      define: { globalThis: OWN_GLOBAL },
      banner: { js: `var ${OWN_GLOBAL}=Object.create(globalThis);` },
      charset: "utf8",
      sourcemap: "external",
      outfile: "bundle.js",
      logLevel: "silent",
    });
    const file = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))!.text;
    return { code: file("bundle.js"), map: file("bundle.js.map") };
  } catch (cause) {
    const [first] =
      (cause as { errors?: { text: string; location?: { file: string; line: number } | null }[] }).errors ?? [];
    if (!first) throw cause;
    const where = first.location ? ` (line ${first.location.line})` : "";
    throw new SyntaxError(
      `Cannot bundle function "${input.name}" as all it imports must be found: ${first.text}${where}`,
      { cause },
    );
  } finally {
    await esbuild.stop();
  }
}

function entryText({ name, entry }: BundleInput): string {
  const maker = entry === "handler" ? "handlerOf" : "describerOf";
  return `import { ${maker} } from "./handler.ts";\nimport { ${name} as definition } from "boathouse:slice";\n` +
    `export default ${maker}(definition);\n`;
}

function resolver({ source, folder, root }: BundleInput, imports: Record<string, string>): Plugin {
  return {
    name: "boathouse",
    setup(build) {
      build.onResolve({ filter: /^boathouse:slice$/ }, () => ({ path: "slice", namespace: "slice" }));
      build.onResolve({ filter: /^boathouse$/ }, () => ({ path: join(HERE, "runtime.ts") }));
      build.onResolve({ filter: /^boathouse\// }, ({ path }) => ({
        errors: [{ text: `"${path}" is not there in a served function: keep plots and data in other cells` }],
      }));
      build.onResolve({ filter: /^(node:|https?:|jsr:)/ }, ({ path }) => ({
        errors: [{ text: `"${path}" is not there in a served function: it runs without files, network and Node` }],
      }));
      build.onResolve({ filter: /^[^./]/ }, ({ path, pluginData, ...rest }) => {
        const mapped = imports[path] ?? path;
        if (pluginData === "mapped" || !mapped.startsWith("npm:")) return undefined;
        const resolveDir = rest.importer.startsWith(HERE) ? CODE_ROOT : root;
        return build.resolve(npmName(mapped), { ...rest, resolveDir, pluginData: "mapped" });
      });
      build.onLoad(
        { filter: /.*/, namespace: "slice" },
        () => ({ contents: source, loader: "ts", resolveDir: folder }),
      );
    },
  };
}

function npmName(specifier: string): string {
  return specifier.replace(/^npm:\/?/, "").replace(/^((?:@[^/]+\/)?[^@/]+)@[^/]+/, "$1");
}
