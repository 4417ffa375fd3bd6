/**
 * The program of the Jupyter kernel: `main.ts CONNECTION_FILE [--permissions=FLAGS] [--memory=MB]`. The client that
 * starts it writes the connection file; FLAGS are permission flags of `deno run` for the cells, all permissions unless
 * given, MB is the limit of their JavaScript heap.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import settings from "../../deno.json" with { type: "json" };
import { readEnv, rootAbove } from "../../lib/config/env/mod.ts";
import { readConnectionFile } from "./jupyter/connection_file.ts";
import { serveKernel } from "./jupyter/kernel.ts";
import { endWithParent } from "./jupyter/parent.ts";
import { limitsOf, readLimits } from "./limits.ts";

async function main([file, ...rest]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error("Cannot start kernel as the first argument must name a connection file");
  const granted = readLimits(rest);
  const connection = readConnectionFile(await Deno.readTextFile(file), file);
  const env = readEnv();
  const cwd = Deno.cwd();
  // Outside of a workbench cells have what this installation offers.
  const root = rootAbove(cwd) ?? fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
  const ended = Promise.withResolvers<void>();
  let notes = 0;
  await using kernel = serveKernel({
    connection,
    version: settings.version,
    startChild: async () => {
      const limits = limitsOf(granted, await readNotebookText(env.JPY_SESSION_NAME));
      const { startChild } = await import("./mod.ts");
      return await startChild({ root, cwd, env, ...limits });
    },
    openLanguage: async () => (await import("../language/mod.ts")).openLanguage({ root, cwd, env }),
    onNote: (text) => notes++ < MAX_NOTES && console.error(`boathouse kernel: ${text}`),
  });
  using _parent = endWithParent(Number(env.JPY_PARENT_PID), ended.resolve);
  process.on("SIGINT", () => void kernel.interrupt());
  process.on("SIGTERM", ended.resolve);
  await Promise.race([kernel.over, ended.promise]);
}

/** Whoever sends garbage must not fill the disk by what we say of it. */
const MAX_NOTES = 1_000;

/** The notebook that a Jupyter server names; a console or a notebook that is not saved yet has no text. */
async function readNotebookText(path: string | undefined): Promise<string> {
  if (!path?.endsWith(".ipynb")) return "";
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

try {
  await main(Deno.args);
  Deno.exit(0);
} catch (error) {
  console.error(`boathouse kernel: ${error instanceof Error ? error.message : String(error)}`);
  Deno.exit(1);
}
