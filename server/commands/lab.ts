import { join, resolve } from "node:path";
import { readEnv, rootAbove } from "../../lib/config/env/mod.ts";
import { installKernel } from "./kernel.ts";
import { labEnvironment } from "./lab_environment.ts";
import { KERNEL_NAME, kernelsFolder } from "./kernelspec.ts";
import { startLab } from "./lab_server.ts";
import type { Action, Call } from "./verb.ts";

const PORTS = [8888, 8889, 8890, 8891, 8892, 0]; // the first is Jupyter's, the last any that is free

/** The verb `lab`: JupyterLab on the workbench's notebooks, until Ctrl-C. */
export const lab: Action = async (call) => {
  using stop = stopOnSignal();
  try {
    await runLab(call, stop);
  } catch (error) {
    if (!stop.signal.aborted) throw error; // Ctrl-C while it is installed or started
  }
  return { json: undefined, text: "" };
};

async function runLab({ args: [dir], options, note, print, wantsJson }: Call, stop: Stop): Promise<void> {
  const { root, folder } = await placeOf(dir);
  const port = freePort(options.port === undefined ? null : Number(options.port));
  const environment = await labEnvironment({ folder: labFolder(readEnv()), note, signal: stop.signal });
  const kernel = join(kernelsFolder({}, environment.prefix), KERNEL_NAME);
  await installKernel(kernel, { force: true }); // at each start: no matter if that Deno is gone tomorrow
  const openBrowser = options.browser !== false;
  await using server = await startLab(environment, { root, folder, port, openBrowser, signal: stop.signal });
  const told = { url: server.url, token: server.token, port, root };
  await print(
    wantsJson ? `${JSON.stringify(told, null, 2)}\n` : `JupyterLab ${server.url}\nCtrl-C ends it and its kernels\n`,
  );
  const code = await Promise.race([server.ended, stop.over]);
  if (code) throw new Error(`Cannot go on as JupyterLab ended by itself, with exit code ${code}`);
}

/** The workbench around a folder is shown whole, so that notebooks and modules are edited side by side. */
async function placeOf(dir: string | undefined): Promise<{ root: string; folder: string }> {
  const start = resolve(dir ?? ".");
  const root = rootAbove(start) ?? start;
  const folder = resolve(dir ?? (await isFolder(join(root, "notebooks")) ? join(root, "notebooks") : root));
  if (await isFolder(folder)) return { root, folder };
  throw new Error(`Cannot open JupyterLab at "${folder}" as it must be a folder: it is not`);
}

function labFolder({ HOME }: Record<string, string>): string {
  if (HOME) return join(HOME, ".boathouse", "lab");
  throw new Error("Cannot start JupyterLab as HOME is not set: set it to your home folder");
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function freePort(wanted: number | null): number {
  for (const port of wanted === null ? PORTS : [wanted]) {
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return (listener.addr as Deno.NetAddr).port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`Cannot start JupyterLab as its port must be free: ${wanted} is taken; choose another by --port`);
}

interface Stop extends Disposable {
  signal: AbortSignal;
  over: Promise<null>;
}

function stopOnSignal(): Stop {
  const stop = new AbortController();
  const over = new Promise<null>((resolve) => stop.signal.addEventListener("abort", () => resolve(null)));
  const end = () => stop.abort();
  for (const name of SIGNALS) Deno.addSignalListener(name, end);
  return {
    signal: stop.signal,
    over,
    [Symbol.dispose]: () => SIGNALS.forEach((name) => Deno.removeSignalListener(name, end)),
  };
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
