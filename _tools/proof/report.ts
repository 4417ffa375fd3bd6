import { type Kind, KINDS, STEPS } from "./fault.ts";
import { isWrong, type ProofRun, strikes } from "./prove.ts";

/** What a proof was done with. */
export interface ProofFacts {
  /** Seed. */
  seed: number;
  /** How many faults were asked for. */
  faults: number;
  /** Day, UTC: `2001-05-31`. */
  day: string;
  /** Names and versions of all that took part. */
  versions: Record<string, string>;
  /** Seconds that it took. */
  seconds: number;
}

/**
 * Writes what was injected and what came of it, as Markdown.
 *
 * @param runs all runs
 * @param facts what they were done with
 * @returns the page
 */
export function proofPage(runs: readonly ProofRun[], facts: ProofFacts): string {
  const struck = strikes(runs), names = [...new Set(runs.map(({ name }) => name))];
  const versions = Object.entries(facts.versions).map(([name, version]) => `${name} ${version}`).join(", ");
  return `# Proof

\`deno task proof --seed ${facts.seed} --faults ${facts.faults}\` on ${facts.day}, ${
    minutes(facts.seconds)
  }: ${versions}.

${verdict(runs)}

The seed decides which faults strike, at which step and in which order; how the processes interleave is up to the
machine. A fault counts only when it struck: it is noted outside the process before it strikes, and one that waits for
something to happen (another writer's entry, EFBIG from the kernel, a log file that is gone) when that has happened.

${table(["kind", ...STEPS, "all", "what it is"], kindRows(struck))}

${table(["on", "runs", "faults", ...KIND_NAMES], names.map((name) => benchRow(name, runs)))}

Each run is a workbench of its own: a publisher with a ledger of what was tried and acknowledged, two ingesters and a
truncater that also compacts the table, each a process that is started again when it was killed. At the end a clean process moves what is left, and
delta-rs reads the table: every acknowledged record must be there once, a record that was never acknowledged at most
once, and offsets must have neither a hole (SQLite) nor a repeat.
`;
}

const KIND_NAMES = Object.keys(KINDS) as Kind[];

/**
 * Says in one line what came of all runs.
 *
 * @param runs all runs
 * @returns counts of records and faults
 */
export function verdict(runs: readonly ProofRun[]): string {
  const sum = (count: (run: ProofRun) => number) => runs.reduce((total, run) => total + count(run), 0);
  const lost = sum(({ judgement }) => judgement.lost.length),
    doubled = sum(({ judgement }) => judgement.doubled.length);
  const wrong = runs.filter(isWrong).length;
  return `**${lost} records lost, ${doubled} doubled** in ${runs.length} runs with ${strikes(runs).length} faults: ` +
    `${sum(({ judgement }) => judgement.acknowledged)} records acknowledged, ${
      sum(({ judgement }) => judgement.rows)
    } ` +
    `rows read by delta-rs, ${sum(({ truncated }) => truncated)} truncated on the bus, ` +
    `${sum(({ compactions }) => compactions)} compactions beside them. ` +
    (wrong === 0 ? "Nothing else was wrong." : `**${wrong} runs went wrong.**`);
}

function kindRows(struck: readonly { kind: Kind; step: string }[]): string[][] {
  const row = (name: string, faults: readonly { step: string }[], text: string) => [
    name,
    ...STEPS.map((step) => countText(faults.filter((fault) => fault.step === step).length)),
    String(faults.length),
    text,
  ];
  return [
    ...KIND_NAMES.map((kind) => row(kind, struck.filter((fault) => fault.kind === kind), KINDS[kind])),
    row("all", struck, ""),
  ];
}

function benchRow(name: string, runs: readonly ProofRun[]): string[] {
  const own = runs.filter((run) => run.name === name), struck = strikes(own);
  const counts = KIND_NAMES.map((kind) => countText(struck.filter((fault) => fault.kind === kind).length));
  return [name, String(own.length), String(struck.length), ...counts];
}

function countText(count: number): string {
  return count === 0 ? "" : String(count);
}

/** A table as `deno fmt` lays it out. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(3, name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function minutes(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} minutes`;
}
