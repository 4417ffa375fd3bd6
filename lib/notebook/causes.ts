import type { CodeFacts } from "./facts.ts";
import type { CellProvenance } from "./provenance.ts";
import { nameOf as packageOf, type Sources } from "./sources.ts";
import type { NameOf } from "./verdicts.ts";

/** Whether a cell's outputs come from the code as it is now. */
export type CodeVerdict = "fresh" | "stale" | "dirty" | "out of order" | "never run";

/** What makes a cell's outputs doubtful: the first of the chain is the cell, the last the cause. */
export interface Cause {
  verdict: CodeVerdict;
  text: string;
  chain: string[];
  /** Whether only what the cell shows is in doubt, and not the values that it gives to others. */
  shownOnly?: true;
}

/** Where modules and packages are. */
export interface Place {
  sources: Sources;
  /** Absolute folder that relative imports start from. */
  from: string;
}

/** A change of what the cell itself reaches: import map, modules, packages, parameters. */
export function ownCause(id: string, was: CellProvenance, now: CodeFacts, { sources, from }: Place): Cause | null {
  const stale = (text: string, ...chain: string[]): Cause => ({ verdict: "stale", text, chain: [id, ...chain] });
  const { imports: sent = {} } = was;
  const redirected = changedKey(withoutVersions(sent), withoutVersions(now.imports));
  if (redirected !== null) return stale(importText(redirected, sent, now.imports), redirected);
  const module = changedKey(was.modules, now.modules);
  if (module !== null) {
    const chain = sources.chain(now.specifiers, from, { module });
    return stale(moduleText(module, was.modules, now.modules), ...chain);
  }
  const packages = changedKeys(was.packages, now.packages).map(packageOf).map((name) => {
    return { name, chain: sources.chain(now.specifiers, from, { package: name }) };
  }).sort((a, b) => a.chain.length - b.chain.length);
  const [nearest] = packages;
  if (nearest) return stale(packageText(nearest.name, was.packages, now.packages), ...nearest.chain);
  const swapped = changedKey(sent, now.imports);
  if (swapped !== null) return stale(importText(swapped, sent, now.imports), swapped);
  const parameter = changedParameter(was.parameters, now.parameters);
  return parameter ? stale(parameter) : null;
}

/** `zod@4.6.7/mini` as `zod/mini`: that a package has another version is said of the package. */
function withoutVersions(imports: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(imports).map(([key, target]) => [key, target.replace(/(?<=.)@[^/]*/, "")]));
}

/** A change of the cells that give it values: edited, gone, or others. A cell under another id is the same cell. */
export function upstreamChange(
  id: string,
  was: CellProvenance,
  { facts, nameOf }: { facts: Map<string, CodeFacts>; nameOf: NameOf },
): Cause | null {
  const [before, after] = [new Map(Object.entries(was.upstream)), new Map(Object.entries(facts.get(id)!.upstream))];
  const stale = (up: string, text: string): Cause => {
    return { verdict: "stale", text: `cell "${nameOf(up)}" ${text}`, chain: [id, up] };
  };
  const edited = [...after].find(([up, hash]) => before.has(up) && before.get(up) !== hash);
  if (edited) return stale(edited[0], "was edited after this cell ran");
  const [added, lost] = unmatched([...after], [...before], (up) => facts.has(up));
  if (added !== undefined) return stale(added, "now gives it a value");
  if (lost === undefined) return null;
  return stale(lost, facts.has(lost) ? "no longer gives it a value" : "is gone");
}

/** The first cell that came and the first one that went, gone ones before others; who only changed its id did neither. */
function unmatched(after: Link[], before: Link[], isThere: (up: string) => boolean): (string | undefined)[] {
  const added = after.filter(([up]) => !before.some(([other]) => other === up));
  const lost = before.filter(([up]) => !after.some(([other]) => other === up));
  const renamed = (one: Link, others: Link[]) => others.some(([, hash]) => hash === one[1]);
  const came = added.filter((one) => !renamed(one, lost.filter(([up]) => !isThere(up))));
  const went = lost.filter((one) => isThere(one[0]) || !renamed(one, added));
  return [came[0]?.[0], (went.find(([up]) => !isThere(up)) ?? went[0])?.[0]];
}

type Link = readonly [id: string, hash: string];

/** The first key with another value; what was edited comes before what an edit brings or takes. */
function changedKey(was: Record<string, string>, now: Record<string, string>): string | null {
  const keys = changedKeys(was, now);
  return keys.find((key) => own(was, key) !== undefined && own(now, key) !== undefined) ?? keys[0] ?? null;
}

function changedKeys(was: Record<string, string>, now: Record<string, string>): string[] {
  return Object.keys({ ...was, ...now }).sort().filter((key) => own(was, key) !== own(now, key));
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

function importText(specifier: string, was: Record<string, string>, now: Record<string, string>): string {
  const before = own(was, specifier), after = own(now, specifier);
  if (after === undefined) return `the import map no longer sends "${specifier}" to ${before}`;
  return `the import map sends "${specifier}" to ${after}${before === undefined ? "" : `, and sent it to ${before}`}`;
}

function packageText(name: string, was: Record<string, string>, now: Record<string, string>): string {
  const named = `package "${name}"`;
  const [before, after] = [versionsOf(name, was, now), versionsOf(name, now, was)];
  if (after === "unlocked") return `${named} is not in deno.lock`;
  if (before === "" && after === "") return `package "${sameVersion(name, was, now)}" has other contents`;
  if (before === "") return `${named} is now reached${versionsOf(name, was, {}) === "" ? "" : ` as ${after} too`}`;
  if (after === "") return `${named} is no longer reached${versionsOf(name, now, {}) === "" ? "" : ` as ${before}`}`;
  return `${named} is ${after}, and was ${before}`;
}

/** Versions of a package that only the first list has. */
function versionsOf(name: string, has: Record<string, string>, hasNot: Record<string, string>): string {
  const keys = Object.keys(has).filter((key) => packageOf(key) === name && own(hasNot, key) === undefined);
  return keys.map((key) => key.slice(name.length + 1)).join(" and ");
}

function sameVersion(name: string, was: Record<string, string>, now: Record<string, string>): string {
  return changedKeys(was, now).find((key) => packageOf(key) === name)!;
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
