import { join } from "node:path";
import { freePorts } from "../../../../_tools/peers/free_ports.ts";
import { connectClient, type TestClient, type TestConnection } from "./client.ts";

/** The kernel's program, started as a client starts it. */
export interface TestKernel extends AsyncDisposable {
  pid: number;
  connection: TestConnection;
  /** Connects another client. */
  connect(options?: Parameters<typeof connectClient>[1]): Promise<TestClient>;
  /** What it has written on standard error. */
  stderr(): string;
  /** Settles with its exit code. */
  exited: Promise<number>;
}

const MAIN = new URL("../../main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../../deno.json", import.meta.url).pathname;

/**
 * Starts a kernel.
 *
 * @param options Its key, folder, environment and further arguments.
 */
export async function startKernel({ key = "secret", cwd, env = {}, args = [] }: {
  key?: string;
  cwd?: string;
  env?: Record<string, string>;
  args?: string[];
} = {}): Promise<TestKernel> {
  const folder = await Deno.makeTempDir({ prefix: "boathouse-jupyter-" });
  const [shell_port, iopub_port, stdin_port, control_port, hb_port] = freePorts(5) as Ports;
  const connection = { key, shell_port, iopub_port, stdin_port, control_port, hb_port };
  const file = join(folder, "connection.json");
  const written = { ...connection, ip: "127.0.0.1", transport: "tcp", signature_scheme: "hmac-sha256" };
  await Deno.writeTextFile(file, JSON.stringify(written));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--quiet",
      "--node-modules-dir=manual",
      `--config=${CONFIG}`,
      MAIN,
      file,
      ...args,
    ],
    cwd: cwd ?? folder,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let stderr = "";
  const read = async (): Promise<void> => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
  };
  const reading = read();
  const exited = Promise.all([child.status, reading]).then(([{ code }]) => code);
  return {
    pid: child.pid,
    connection,
    connect: (options) =>
      Promise.race([
        whenListening(connection, options),
        exited.then((code) => Promise.reject(new Error(`The kernel ended with code ${code}: ${stderr}`))),
      ]),
    stderr: () => stderr,
    exited,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGTERM");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
      await exited;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

type Ports = [number, number, number, number, number];

/** Connects as soon as the kernel listens. */
async function whenListening(connection: TestConnection, options: Parameters<typeof connectClient>[1]) {
  for (;;) {
    try {
      return await connectClient(connection, options);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((done) => setTimeout(done, 5));
    }
  }
}
