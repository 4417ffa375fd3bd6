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
  const now = facts.get(id)!;
  const stale = (up: string, text: string): Cause => {
    return { verdict: "stale", text: `cell "${up}" ${text}`, chain: cellChain(id, up, facts) };
  };
  const edited = nearest(id, facts).find((up) =>
    was.upstream[up] !== undefined && was.upstream[up] !== now.upstream[up]
  );
  if (edited !== undefined) return stale(edited, "was edited after this cell ran");
  const added = Object.keys(now.upstream).find((up) => was.upstream[up] === undefined);
  if (added !== undefined) return stale(added, "now gives it a value");
  const lost = Object.keys(was.upstream).filter((up) => now.upstream[up] === undefined);
  const gone = lost.find((up) => !facts.has(up));
  if (gone !== undefined) return stale(gone, "is gone");
  return lost[0] === undefined ? null : stale(lost[0], "no longer gives it a value");
}

function changedKey(was: Record<string, string>, now: Record<string, string>): string | null {
  return Object.keys({ ...was, ...now }).sort().find((key) => was[key] !== now[key]) ?? null;
}

function moduleText(path: string, was: Record<string, string>, now: Record<string, string>): string {
  const named = `module "${path}"`;
  if (now[path] === "missing") return `${named} is gone`;
  if (now[path] === undefined) return `${named} is no longer reached`;
  return was[path] === undefined ? `${named} is now reached` : `${named} changed`;
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
  if (after[name] === undefined) return `parameter "${name}" is not set, and was ${before[name]}`;
  return `parameter "${name}" is ${after[name]}, and was ${before[name] ?? "not set"}`;
}

function parametersOf(entries: string[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }));
}

/** The cells that one needs, nearest first. */
function nearest(id: string, facts: Map<string, CodeFacts>): string[] {
  return [...paths(id, facts).keys()];
}

function cellChain(id: string, up: string, facts: Map<string, CodeFacts>): string[] {
  return paths(id, facts).get(up) ?? [id, up];
}

function paths(id: string, facts: Map<string, CodeFacts>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const queue = [[id]];
  for (const path of queue) {
    for (const need of facts.get(path.at(-1)!)!.needs) {
      if (found.has(need.id)) continue;
      found.set(need.id, [...path, need.id]);
      if (!need.importsOnly) queue.push([...path, need.id]);
    }
  }
  return found;
}
