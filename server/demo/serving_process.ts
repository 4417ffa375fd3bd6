import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "./text_lines.ts";

/** The serving plane as a child process. */
export interface ServingProcess extends AsyncDisposable {
  /** Its address, such as http://127.0.0.1:8401. */
  url: string;
  /** Hands faults to it on standard input. */
  setFaults(faults: { models: Record<string, number> }): Promise<void>;
  /** Settles when it ended by itself. */
  ended: Promise<Deno.CommandStatus>;
}

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "../../boathouse.ts");
const READY_MS = 30_000;

/**
 * Starts the serving plane of a workbench as a child and waits until it is ready.
 *
 * @param root folder of the workbench
 * @returns the running process; disposing ends it and waits until what it accepted is answered
 * @throws {Error} when it ends before it is ready, with what it said
 */
export async function startServingProcess(root: string): Promise<ServingProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", join(dirname(MAIN), "deno.json"), MAIN, "start", "--role", "serving", "--piped"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said: string[] = [];
  const errors = collect(child.stderr, said);
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  const url = await Promise.race([
    firstAddress(lines),
    child.status.then(async () => {
      await errors;
      throw new Error(said.join(" ").replace(/^boathouse: /, "") || "Cannot start the serving plane: it ended at once");
    }),
    deadline(READY_MS),
  ]);
  const stdin = child.stdin.getWriter();
  return {
    url,
    ended: child.status,
    setFaults: (faults) => stdin.write(new TextEncoder().encode(`${JSON.stringify(faults)}\n`)),
    async [Symbol.asyncDispose]() {
      await lines.cancel();
      try {
        child.kill("SIGTERM");
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
      await child.status;
      await errors;
    },
  };
}

async function firstAddress(lines: ReadableStreamDefaultReader<string>): Promise<string> {
  for (;;) {
    const { value, done } = await lines.read();
    if (done) return await new Promise(() => {});
    const match = /"serving":"(http[^"]+)"/.exec(value);
    if (match) return match[1]!;
  }
}

async function collect(stream: ReadableStream<Uint8Array>, into: string[]): Promise<void> {
  for await (const line of stream.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    into.push(line);
    if (into.length > 20) into.shift();
  }
}

function deadline(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`Cannot start the serving plane: not ready within ${ms} ms`)), ms);
    Deno.unrefTimer(timer);
  });
}
