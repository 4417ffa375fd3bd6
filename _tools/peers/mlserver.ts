import { dirname, join } from "node:path";
import { freePorts } from "./free_ports.ts";
import { type GuardedProcess, startGuarded } from "./guarded_process.ts";
import { pythonEnv, runPython } from "./python.ts";

/** A real MLServer of a test, on this machine's loopback. */
export interface MlServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`. */
  url: string;
  /** What the program that made its models printed. */
  printed: string;
}

const READY_MS = 120_000;
const ATTEMPT_MS = 200;
// With a newer uvloop its workers die: "no current event loop".
const PACKAGES = ["mlserver==1.7.1", "mlserver-sklearn==1.7.1", "uvloop==0.21.0"];

/**
 * Starts MLServer (PyPI `mlserver`) with models of scikit-learn in a new temporary folder.
 *
 * @param program Python that makes the models, a folder each with model-settings.json, in the folder that is its argument
 * @returns the server; it ends and takes its files along when it is disposed of
 * @throws {Error} when it cannot be installed or does not start, with what it printed
 */
export async function startMlServer(program: string): Promise<MlServer> {
  const python = await pythonEnv("mlserver", PACKAGES);
  const dir = await Deno.makeTempDir({ prefix: "boathouse-mlserver-" });
  const printed = await runPython(python, program, [dir]);
  const [http, grpc, metrics] = freePorts(3) as [number, number, number];
  const settings = { host: "127.0.0.1", http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0 };
  await Deno.writeTextFile(join(dir, "settings.json"), JSON.stringify(settings));
  const path = `${dirname(python)}:${Deno.env.get("PATH") ?? ""}`;
  // It writes .envs and .metrics into its working folder.
  const start = `cd "$1" && exec mlserver start .`;
  const process = startGuarded("sh", ["-c", start, "sh", dir], { PATH: path, HOME: dir });
  const end = async () => {
    await process.kill();
    await Deno.remove(dir, { recursive: true });
  };
  const url = `http://127.0.0.1:${http}`;
  try {
    await untilReady(url, process);
    return { url, printed, [Symbol.asyncDispose]: end };
  } catch (cause) {
    await end();
    throw new Error(`Cannot start MLServer as it does not answer: ${process.printed()}`, { cause });
  }
}

async function untilReady(url: string, process: GuardedProcess): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  for (;;) {
    try {
      const answer = await fetch(`${url}/v2/health/ready`);
      await answer.body?.cancel();
      if (answer.ok) return;
      throw new Error(`it answers ${answer.status}`);
    } catch (cause) {
      if (process.ended() || Date.now() > giveUp) throw cause;
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
    }
  }
}
