import { canonicalJson } from "../events/mod.ts";
import { lakePaths, loadSettings, pathExists, type Settings } from "../config/mod.ts";
import type { Input, InputNow, InputsNow } from "../notebook/mod.ts";
import { openAsked } from "./_input_asked.ts";

/** Tells what there is now of what notebooks have read; dispose of it to close the workbench. */
export interface OpenInputs extends AsyncDisposable {
  /** Tells it of one input, asking lake, bus or registry once for each; does not reject. */
  now: InputsNow;
}

/**
 * Asks lake, bus and registry of a workbench what there is now of what notebooks have read. Whatever cannot be asked is
 * unknown, with the reason. Nothing is opened before the first question, and nothing is made where there is no lake.
 *
 * @param root folder that holds boathouse.yaml
 * @param options `limitMs`: milliseconds that one answer may take, 20 seconds by default; behind one that takes longer
 * nothing more is asked
 * @returns the answers
 * @example
 * ```ts
 * import { openInputsNow } from "./inputs_now.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
 * await using inputs = openInputsNow(dir);
 * const found = await inputs.now("routes", { table: "t", version: 3, digest: "a" });
 * console.assert("unknown" in found);
 * ```
 */
export function openInputsNow(root: string, { limitMs = 20_000 }: { limitMs?: number } = {}): OpenInputs {
  const answers = new Map<string, Promise<InputNow>>();
  const asked = openAsked(async (options) => {
    const { openWorkbench } = await import("./workbench.ts");
    return openWorkbench(root, { ...options, waitMs: limitMs / 2 });
  });
  const closing = new AbortController();
  let isLate = false;
  let unreachable: string | undefined;

  async function answer(name: string, input: Input): Promise<InputNow> {
    if (isLate) return { unknown: "not asked, as an answer before took too long" };
    using limit = timeLimit(limitMs, () => isLate = true);
    try {
      unreachable ??= whyUnreachable(loadSettings(root));
      if (unreachable !== "") return { unknown: unreachable };
      const signal = AbortSignal.any([limit.signal, closing.signal]);
      return await Promise.race([asked.ask(name, input, signal), limit.over]);
    } catch (error) {
      return { unknown: error instanceof Error ? error.message : String(error) };
    }
  }

  return {
    now: (name, input) => {
      const key = canonicalJson([name, input]);
      const known = answers.get(key) ?? answer(name, input);
      answers.set(key, known);
      return known;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      // What does not answer may not close either.
      if (!isLate) await asked[Symbol.asyncDispose]();
    },
  };
}

function timeLimit(ms: number, onLate: () => void): Disposable & { signal: AbortSignal; over: Promise<InputNow> } {
  const late = new AbortController();
  const { promise: over, resolve } = Promise.withResolvers<InputNow>();
  const timer = setTimeout(() => {
    onLate();
    late.abort();
    resolve({ unknown: `no answer within ${ms / 1_000} seconds` });
  }, ms);
  return { signal: late.signal, over, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** A question must not make what it asks for; empty where it is there. */
function whyUnreachable(settings: Settings): string {
  const { tables } = lakePaths(settings);
  const [lake, bus] = [settings.lake, settings.bus];
  const isThere = lake.kind !== "directory" || pathExists(tables) || bus.kind !== "sqlite" || pathExists(bus.dir);
  return isThere ? "" : `there is no lake yet at "${lake.dir}"`;
}
