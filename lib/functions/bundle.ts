import { fileURLToPath } from "node:url";
import { join } from "node:path";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { readImports } from "../config/env/mod.ts";
import { openPackages, type Packages } from "./packages.ts";

/** One module to be bundled with all that it imports. */
export interface BundleInput {
  /** TypeScript of the module that exports the function. */
  source: string;
  /** Name that it exports; of a predictor what it is called in messages. */
  name: string;
  /** Absolute folder that relative imports start from. */
  folder: string;
  /** Absolute folder of deno.json, whose imports map bare names. */
  root: string;
  /** Whether the bundle answers calls, describes the function, or answers rows by the `predict` that the module exports. */
  entry: "handler" | "describer" | "predictor";
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
// The sandbox closes globalThis before the bundle loads; what libraries such as zod keep there becomes the bundle's own.
const OWN_GLOBAL = "__boathouse_global";
const CODE_ROOT = join(HERE, "../..");

// All builds of a process share one service of esbuild: ended too early, it leaves the others without an answer.
const builds = { running: 0 };

/** One ES module, and what it is made of. */
export interface Bundle {
  /** JavaScript. */
  code: string;
  /** The bundler's source map, whose sources are relative to `BUNDLE_BASE`. */
  map: string;
  /** Integrity by `name@version` of each package in it; null where deno.lock has none. */
  packages: Record<string, string | null>;
}

/** Absolute folder that the sources of a bundle's map are relative to. */
export const BUNDLE_BASE: string = CODE_ROOT.replace(/\/$/, "");

/**
 * Bundles a function into one ES module whose default export is its handler. The same input gives the same bytes from
 * any folder; packages have the version that deno.lock fixes.
 *
 * @param input source, name, folders
 * @returns JavaScript, its source map and its packages
 * @throws {SyntaxError} when something that it imports cannot be resolved or parsed, or has no exact version
 */
export async function bundleFunction(input: BundleInput): Promise<Bundle> {
  const esbuild = await import("esbuild");
  const packages = await openPackages(input.root);
  builds.running++;
  try {
    const { outputFiles, metafile } = await esbuild.build({
      stdin: { contents: entryText(input), resolveDir: HERE, sourcefile: "entry.ts", loader: "ts" },
      plugins: [resolver(input, { imports: readImports(input.root), packages })],
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
      metafile: true,
      outfile: "bundle.js",
      logLevel: "silent",
    });
    const file = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))!.text;
    const files = Object.keys(metafile.inputs).map((path) => join(CODE_ROOT, path));
    return { code: file("bundle.js"), map: file("bundle.js.map"), packages: await packages.reached(files) };
  } catch (cause) {
    const [first] =
      (cause as { errors?: { text: string; pluginName?: string; location?: { file: string; line: number } | null }[] })
        .errors ?? [];
    if (!first) throw cause;
    const where = first.location ? ` (line ${first.location.line})` : "";
    const isImport = first.pluginName || /^(Could not resolve|No matching export)/.test(first.text);
    const must = isImport ? "all it imports must be found" : "its source must be TypeScript";
    throw new SyntaxError(
      `Cannot bundle function "${input.name}" as ${must}: ${first.text}${where}`,
      { cause },
    );
  } finally {
    if (--builds.running === 0) await esbuild.stop();
  }
}

function entryText({ name, entry }: BundleInput): string {
  if (entry === "predictor") {
    return 'import { predict } from "boathouse:slice";\nexport { predict };\nexport default (rows) => predict(rows);\n';
  }
  const maker = entry === "handler" ? "handlerOf" : "describerOf";
  return `import { ${maker} } from "./handler.ts";\nimport { ${name} as definition } from "boathouse:slice";\n` +
    `export default ${maker}(definition);\n`;
}

interface Mapping {
  imports: Readonly<Record<string, string>>;
  packages: Packages;
}

function resolver({ source, folder, root }: BundleInput, mapping: Mapping): Plugin {
  return {
    name: "boathouse",
    setup(build) {
      build.onResolve({ filter: /^boathouse:slice$/ }, () => ({ path: "slice", namespace: "slice" }));
      build.onResolve({ filter: /^boathouse$/ }, () => ({ path: join(HERE, "runtime.ts") }));
      build.onResolve({ filter: /^boathouse\// }, ({ path }) => ({
        errors: [{ text: `"${path}" is not there in a served function: keep plots and data in other cells` }],
      }));
      build.onResolve({ filter: /^[^./]/ }, (args) => resolveName(build, args, root, mapping));
      build.onLoad(
        { filter: /.*/, namespace: "slice" },
        () => ({ contents: source, loader: "ts", resolveDir: folder }),
      );
    },
  };
}

async function resolveName(
  build: PluginBuild,
  { path, pluginData, importer, ...rest }: OnResolveArgs,
  root: string,
  { imports, packages }: Mapping,
): Promise<OnResolveResult | undefined> {
  if (pluginData === "mapped") return undefined;
  const options = { ...rest, importer, pluginData: "mapped" };
  if (importer.startsWith(HERE)) return await build.resolve(path, { ...options, resolveDir: CODE_ROOT });
  // A package knows nothing of the workbench's names.
  const mapped = importer.includes("/node_modules/") ? path : mapName(path, imports);
  if (/^\.{0,2}\//.test(mapped)) return await build.resolve(join(root, mapped), { ...options, resolveDir: root });
  if (/^(node|https?|jsr):/.test(mapped)) {
    return {
      errors: [{ text: `"${path}" is not there in a served function: it runs without files, network and Node` }],
    };
  }
  if (!mapped.startsWith("npm:")) return undefined;
  try {
    const { name, folder } = await packages.locate(mapped);
    return await build.resolve(name, { ...options, resolveDir: folder });
  } catch (error) {
    if (error instanceof SyntaxError) return { errors: [{ text: error.message }] };
    throw error;
  }
}

/**
 * What an import map makes of a name: the entry of the name itself, else the longest one that ends in `/`.
 *
 * @param name a specifier
 * @param imports entries of the import map
 * @returns the target, or the name where no entry is for it
 */
export function mapName(name: string, imports: Readonly<Record<string, string>>): string {
  if (Object.hasOwn(imports, name)) return imports[name]!;
  const [prefix] = Object.keys(imports).filter((key) => key.endsWith("/") && name.startsWith(key))
    .sort((a, b) => b.length - a.length);
  if (prefix !== undefined) return imports[prefix]! + name.slice(prefix.length);
  // Of a package deno.json also maps what lies inside.
  const [, bare, inside] = /^((?:@[^/]+\/)?[^/]+)(\/.+)$/.exec(name) ?? [];
  const target = bare !== undefined && Object.hasOwn(imports, bare) ? imports[bare]! : "";
  return target.startsWith("npm:") ? target + inside : name;
}
