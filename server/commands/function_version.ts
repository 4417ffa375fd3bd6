import { createTwoFilesPatch } from "diff";
import {
  type Attestation,
  type Manifest,
  readAttestation,
  readManifest,
  readSourceMap,
  readSources,
} from "../../lib/functions/mod.ts";
import type { Store } from "../../lib/store/mod.ts";

/** A version of a function as people look at it. */
export interface VersionFacts extends Manifest {
  /** Where it comes from. */
  attestation: Attestation;
  /** Texts that it was made of, by `notebook.ipynb#cell` or path of the module. */
  sources: Record<string, string | null>;
}

/** What differs between two versions. */
export interface VersionDiff {
  /** Versions as `name@hash`. */
  versions: [string, string];
  /** What the manifest says otherwise, by JSON pointer; null on the side that does not have it. */
  manifest: { at: string; was: unknown; now: unknown }[];
  /** Differences of texts, as unified diffs. */
  sources: string[];
}

/** Work of a comparison of texts, in edits; beyond it all of the text counts as replaced. */
const MAX_EDITS = 4_000;
const MANIFEST_KEYS = [
  "input",
  "output",
  "models",
  "lookups",
  "hosts",
  "permissions",
  "budgetMs",
  "memoryBytes",
] as const;

/**
 * Reads all that is known of a version.
 *
 * @param store the lake's store
 * @param hash the version
 * @returns manifest, attestation and source texts
 * @throws {RangeError} when no such version is stored
 */
export async function readVersion(store: Store, hash: string): Promise<VersionFacts> {
  const [manifest, attestation, map] = await Promise.all([
    readManifest(store, hash),
    readAttestation(store, hash),
    readSourceMap(store, hash),
  ]);
  return { ...manifest, attestation, sources: readSources(map) };
}

/**
 * Lays out a version: its facts, then the cells and modules that it was made of.
 *
 * @param facts the version
 * @returns lines
 */
export function versionText({ attestation, sources, ...manifest }: VersionFacts): string {
  const { notebook, cell, commit, dirty, author, at } = attestation;
  const tree = commit === null ? "no commit" : `${commit.slice(0, 12)}${dirty ? " with changes" : ""}`;
  const named = (what: string, entries: Record<string, unknown>) =>
    Object.entries(entries).map(([name, value]) =>
      `${what} ${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`
    );
  const own = `${notebook}#${cell}`;
  const names = Object.keys(sources).sort((a, b) => Number(b === own) - Number(a === own) || (a < b ? -1 : 1));
  return [
    `${manifest.name}@${manifest.hash}`,
    `from ${own}, ${tree}, by ${author} at ${at}`,
    `within ${manifest.budgetMs} ms and ${Math.round(manifest.memoryBytes / 2 ** 20)} MiB`,
    ...named("model", manifest.models),
    ...named("lookup", manifest.lookups),
    ...named("host", manifest.hosts),
    ...named("package", attestation.packages ?? {}),
    `input ${JSON.stringify(manifest.input)}`,
    `output ${JSON.stringify(manifest.output)}`,
    ...names.flatMap((name) => ["", `── ${name}`, sources[name] ?? "(its text is not kept)"]),
  ].join("\n");
}

/**
 * Compares two versions: schemas, models, lookups, hosts, budgets, and the texts that they were made of.
 *
 * @param was one version
 * @param now the other
 * @returns what differs
 */
export function diffVersions(was: VersionFacts, now: VersionFacts): VersionDiff {
  const names = [...new Set([...Object.keys(was.sources), ...Object.keys(now.sources)])].sort();
  const sources = names.filter((name) => was.sources[name] !== now.sources[name]).map((name) => {
    const [before, after] = [was.sources[name] ?? "", now.sources[name] ?? ""];
    const options = { context: 3, maxEditLength: MAX_EDITS };
    return createTwoFilesPatch(name, name, before, after, undefined, undefined, options) ??
      `--- ${name}\n+++ ${name}\n(the texts have nothing in common)\n`;
  });
  const manifest = MANIFEST_KEYS.flatMap((key) => differences(was[key], now[key], `/${key}`));
  return { versions: [`${was.name}@${was.hash}`, `${now.name}@${now.hash}`], manifest, sources };
}

/**
 * Lays out what differs between two versions.
 *
 * @param diff what diffVersions gave
 * @returns lines
 */
export function diffText({ versions, manifest, sources }: VersionDiff): string {
  const shown = (value: unknown) => value === null ? "nothing" : JSON.stringify(value);
  return [
    versions.map((each) => each.slice(0, each.indexOf("@") + 13)).join(" → "),
    ...manifest.map(({ at, was, now }) => `${at}: ${shown(was)} → ${shown(now)}`),
    ...sources.map((text) => text.replace(/^=+\n/, "").trimEnd()),
    ...(manifest.length + sources.length === 0 ? ["no difference in manifest and sources"] : []),
  ].join("\n");
}

function differences(was: unknown, now: unknown, at: string): VersionDiff["manifest"] {
  if (isTree(was) && isTree(now) && Array.isArray(was) === Array.isArray(now)) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(now)])];
    return keys.flatMap((key) =>
      differences(own(was, key), own(now, key), `${at}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`)
    );
  }
  return Object.is(was, now) ? [] : [{ at, was: was ?? null, now: now ?? null }];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function own(tree: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(tree, key) ? tree[key] : undefined;
}
