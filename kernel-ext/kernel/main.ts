/**
 * The program of the Jupyter kernel: `main.ts CONNECTION_FILE [--permissions=FLAGS]`. The client that starts it writes
 * the connection file; FLAGS are permission flags of `deno run` for the cells, all permissions unless given.
 */
import process from "node:process";
import settings from "../../deno.json" with { type: "json" };
import { findRoot, readEnv } from "../../lib/config/env/mod.ts";
import { readConnectionFile } from "./jupyter/connection_file.ts";
import { serveKernel } from "./jupyter/kernel.ts";
import type { Language } from "./jupyter/language.ts";
import { endWithParent } from "./jupyter/parent.ts";

async function main(args: readonly string[]): Promise<void> {
  const [file] = args;
  if (file === undefined) throw new Error("Cannot start kernel as the first argument must name a connection file");
  const env = readEnv();
  const cwd = Deno.cwd();
  const root = rootOf(cwd);
  const ended = Promise.withResolvers<void>();
  await using kernel = serveKernel({
    connection: readConnectionFile(await Deno.readTextFile(file), file),
    version: settings.version,
    startChild: async () => (await import("./mod.ts")).startChild({ root, cwd, env, permissions: ["-A"] }),
    openLanguage: (): Promise<Language> =>
      Promise.reject(new Error("Cannot ask for types as no language server is there yet")),
    onNote: (text) => console.error(`boathouse kernel: ${text}`),
  });
  using _parent = endWithParent(Number(env.JPY_PARENT_PID), ended.resolve);
  process.on("SIGINT", () => void kernel.interrupt());
  process.on("SIGTERM", ended.resolve);
  await Promise.race([kernel.over, ended.promise]);
}

/** The workbench of a notebook's folder; outside of one, the installation that this file belongs to. */
function rootOf(folder: string): string {
  try {
    return findRoot(folder);
  } catch {
    return new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
  }
}

try {
  await main(Deno.args);
  Deno.exit(0);
} catch (error) {
  console.error(`boathouse kernel: ${error instanceof Error ? error.message : String(error)}`);
  Deno.exit(1);
}
