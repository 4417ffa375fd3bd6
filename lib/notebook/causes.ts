import type { CodeFacts } from "./facts.ts";
import { type ChainOptions, moduleChain } from "./_module_chain.ts";
import type { CellProvenance } from "./provenance.ts";

/** Whether a cell's outputs come from the code as it is now. */
export type CodeVerdict = "fresh" | "stale" | "dirty" | "out of order" | "never run";

/** What makes a cell's outputs doubtful: the first of the chain is the cell, the last the cause. */
export interface Cause {
  verdict: CodeVerdict;
  text: string;
  chain: string[];
}

/** A change of what the cell itself reaches: modules, packages, parameters. */
export function ownCause(id: string, was: CellProvenance, now: CodeFacts, place: ChainOptions): Cause | null {
  const stale = (text: string, ...chain: string[]): Cause => ({ verdict: "stale", text, chain: [id, ...chain] });
  const module = changedKey(was.modules, now.modules);
  if (module !== null) {
    return stale(moduleText(module, was.modules, now.modules), ...moduleChain(now.specifiers, module, place));
  }
  const changed = changedPackage(was.packages, now.packages);
  if (changed) return stale(changed.text, changed.name);
  const parameter = changedParameter(was.parameters, now.parameters);
  return parameter ? stale(parameter) : null;
}

/** A change of the cells that give it values: edited, gone, or others. */
export function upstreamChange(id: string, was: CellProvenance, facts: Map<string, CodeFacts>): Cause | null {
  const [before, after] = [new Map(Object.entries(was.upstream)), new Map(Object.entries(facts.get(id)!.upstream))];
  const stale = (up: string, text: string): Cause => {
    return { verdict: "stale", text: `cell "${up}" ${text}`, chain: [id, up] };
  };
  const edited = [...after].find(([up, hash]) => before.has(up) && before.get(up) !== hash);
  if (edited) return stale(edited[0], "was edited after this cell ran");
  const added = [...after.keys()].find((up) => !before.has(up));
  if (added !== undefined) return stale(added, "now gives it a value");
  const lost = [...before.keys()].filter((up) => !after.has(up));
  const gone = lost.find((up) => !facts.has(up));
  if (gone !== undefined) return stale(gone, "is gone");
  return lost[0] === undefined ? null : stale(lost[0], "no longer gives it a value");
}

function changedKey(was: Record<string, string>, now: Record<string, string>): string | null {
  return Object.keys({ ...was, ...now }).sort().find((key) => own(was, key) !== own(now, key)) ?? null;
}

function own(record: Record<string, string>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function moduleText(path: string, was: Record<string, string>, now: Record<string, string>): string {
  const named = `module "${path}"`;
  if (own(now, path) === "missing") return `${named} is gone`;
  if (own(now, path) === undefined) return `${named} is no longer reached`;
  return own(was, path) === undefined ? `${named} is now reached` : `${named} changed`;
}

function changedPackage(
  was: Record<string, string>,
  now: Record<string, string>,
): { name: string; text: string } | null {
  const key = changedKey(was, now);
  if (key === null) return null;
  const name = key.slice(0, key.lastIndexOf("@"));
  const [before, after] = [versionOf(name, was), versionOf(name, now)];
  if (after === "unlocked") return { name, text: `package "${name}" is not in deno.lock` };
  if (before === after) return { name, text: `package "${key}" has other contents` };
  if (before === null) return { name, text: `package "${name}" is now reached` };
  if (after === null) return { name, text: `package "${name}" is no longer reached` };
  return { name, text: `package "${name}" is ${after}, and was ${before}` };
}

function versionOf(name: string, packages: Record<string, string>): string | null {
  const key = Object.keys(packages).find((other) => other.slice(0, other.lastIndexOf("@")) === name);
  return key?.slice(name.length + 1) ?? null;
}

function changedParameter(was: string[], now: string[]): string | null {
  const [before, after] = [parametersOf(was), parametersOf(now)];
  const name = changedKey(before, after);
  if (name === null) return null;
  if (own(after, name) === undefined) return `parameter "${name}" is not set, and was ${before[name]}`;
  return `parameter "${name}" is ${after[name]}, and was ${own(before, name) ?? "not set"}`;
}

function parametersOf(entries: string[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }));
}
