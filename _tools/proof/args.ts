import { parseArgs } from "node:util";

const USAGE = "Usage: deno task proof [--seed 42] [--faults 1000]";

/** What the proof is to do, or what it says instead and its exit code. */
export type ProofArgs = { seed: number; faults: number } | { told: string; code: 0 | 2 };

/** Reads the arguments of the proof. */
export function proofArgs(args: readonly string[]): ProofArgs {
  const text = { type: "string" } as const;
  try {
    const options = { seed: text, faults: text, help: { type: "boolean", short: "h" } } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return { told: USAGE, code: 0 };
    return { seed: numberOf(values.seed, "seed", 42), faults: numberOf(values.faults, "faults", 1000) };
  } catch (error) {
    const [found] = (error as Error).message.split(/\. |\n/);
    return {
      told: error instanceof RangeError ? found! : `Cannot prove as options must be known: ${found}; ${USAGE}`,
      code: 2,
    };
  }
}

function numberOf(text: string | undefined, name: string, otherwise: number): number {
  const number = Number(text ?? otherwise);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new RangeError(`Cannot prove as --${name} must be a whole number above 0: got "${text}"`);
}
