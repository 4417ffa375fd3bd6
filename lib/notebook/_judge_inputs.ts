import { plainName } from "./_digests.ts";
import { type Freshness, type InputsNow, judgeInput } from "./input_now.ts";
import type { RecordedCell } from "./_judge_code.ts";
import type { Input } from "./provenance.ts";
import { explained, type InputsVerdict, type NameOf, plain, type Verdict, worstInputs } from "./verdicts.ts";

/** Who is asked, and by what it is judged. */
export interface InputsOptions {
  /** What the cells read, by name. */
  named: Record<string, Input>;
  /** Tells what there is now; nobody is asked without it. */
  now: InputsNow | undefined;
  freshness: Freshness;
  /** The cells that a cell needs directly. */
  needsOf: (id: string) => readonly string[];
  nameOf: NameOf;
}

/** The inputs of a cell are those that it read itself, and those of the cells whose values it uses. */
export async function judgeInputs(
  cells: readonly RecordedCell[],
  { named, now, freshness, needsOf, nameOf }: InputsOptions,
): Promise<Map<string, Verdict<InputsVerdict>>> {
  const judged = now ? await askAll(named, now, freshness) : new Map<string, Found>();
  const found = new Map<string, Found>();
  for (const { cell: { id }, record } of cells) {
    const own = (record?.inputs ?? []).map((name): Found => {
      if (!Object.hasOwn(named, name)) return { verdict: "unknown", text: `${name} is not on record`, chain: [name] };
      return judged.get(name) ?? { verdict: "recorded", text: "", chain: [] };
    });
    const borrowed = needsOf(id).flatMap((need) => found.get(need) ?? []);
    found.set(id, worst(id, own, borrowed));
  }
  return new Map([...found].map(([id, one]) => [id, verdictOf(one, nameOf)]));
}

interface Found {
  verdict: InputsVerdict;
  text: string;
  chain: string[];
}

async function askAll(named: Record<string, Input>, now: InputsNow, freshness: Freshness): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  for (const [key, input] of Object.entries(named)) {
    const name = plainName(key);
    found.set(key, { ...judgeInput(name, input, await now(name, input), freshness), chain: [name] });
  }
  return found;
}

function worst(id: string, own: readonly Found[], borrowed: readonly Found[]): Found {
  const verdict = worstInputs([...own, ...borrowed].map((found) => found.verdict));
  const first = own.filter((found) => found.verdict === verdict);
  const text = first.map((found) => found.text).join("; ");
  if (first.length > 0) return { verdict, text, chain: [id, ...first[0]!.chain] };
  const from = borrowed.find((found) => found.verdict === verdict);
  return { verdict, text: from?.text ?? "", chain: [id, ...from?.chain ?? []] };
}

/** What a cell read itself needs no chain in words. */
function verdictOf({ verdict, text, chain }: Found, nameOf: NameOf): Verdict<InputsVerdict> {
  if (QUIET.has(verdict)) return plain(verdict);
  return chain.length > 2 ? explained(verdict, text, chain, nameOf) : { verdict, reason: text, chain };
}

const QUIET: ReadonlySet<InputsVerdict> = new Set(["recorded", "current", "none"]);
