import { z } from "zod";

/** Faults that a parent injects into its serving child (docs/architecture.md, "Injected faults"). */
export interface Faults {
  /** Share of calls that fail, 0 to 1, by model name. */
  models: Record<string, number>;
  /** Milliseconds that a call is held back, by model name. */
  slowMs: Record<string, number>;
}

const schema = z.strictObject({
  models: z.record(z.string(), z.number().min(0).max(1)).default({}),
  slowMs: z.record(z.string(), z.number().min(0).max(60_000)).default({}),
});

const MAX_LINE = 64 * 1024;

/** No faults. */
export const NO_FAULTS: Faults = { models: {}, slowMs: {} };

/**
 * Reads faults from a parent's pipe: each line is a JSON object that replaces all faults before it.
 *
 * @param input standard input of the child
 * @param signal ends the reading
 * @returns the faults of each line, until the pipe ends
 * @throws {SyntaxError} when a line is no JSON or too long
 * @throws {TypeError} when a line is not of the shape `{models?: {NAME: rate}, slowMs?: {NAME: ms}}`
 * @example
 * ```ts
 * import { readFaults } from "./faults.ts";
 * const input = new Blob(['{"models":{"flight-delay":1}}\n{}\n']).stream();
 * const rates = [];
 * for await (const faults of readFaults(input)) rates.push(faults.models["flight-delay"]);
 * if (rates[0] !== 1 || rates[1] !== undefined) throw new Error("unexpected");
 * ```
 */
export async function* readFaults(input: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Faults> {
  const decoder = new TextDecoder(), reader = input.getReader();
  const cancel = () => void reader.cancel();
  signal?.addEventListener("abort", cancel);
  let rest = "";
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const lines = (rest + decoder.decode(chunk.value, { stream: true })).split("\n");
      rest = lines.pop()!;
      if (rest.length > MAX_LINE) {
        throw new SyntaxError(`Cannot read faults as a line must be at most ${MAX_LINE} characters`);
      }
      for (const line of lines) if (line.trim() !== "") yield parseFaults(line);
    }
    if (rest.trim() !== "") yield parseFaults(rest);
  } finally {
    signal?.removeEventListener("abort", cancel);
    reader.releaseLock();
  }
}

function parseFaults(line: string): Faults {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new SyntaxError(`Cannot read faults as a line must be JSON: got ${JSON.stringify(line.slice(0, 80))}`, {
      cause,
    });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new TypeError(`Cannot read faults as "${issue.path.join(".")}" is wrong: ${issue.message}`);
}

/** A model call that failed because its parent asked for it. */
export class InjectedFault extends Error {
  /**
   * Makes the failure.
   *
   * @param model name of the model
   */
  constructor(model: string) {
    super(`Model "${model}" failed by an injected fault`);
    this.name = "InjectedFault";
  }
}

/**
 * Does to a model call what the faults say.
 *
 * @param faults faults in force
 * @param model name of the model
 * @param random number in [0, 1)
 * @throws {InjectedFault} when the call is to fail
 */
export async function suffer(faults: Faults, model: string, random: number): Promise<void> {
  const slowMs = faults.slowMs[model] ?? 0;
  if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs));
  if (random < (faults.models[model] ?? 0)) throw new InjectedFault(model);
}
