import { canonicalJson, type Json, sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";
import { z } from "zod";
import type { HostSpec } from "./context.ts";

const alias = z.string().regex(/^[A-Za-z_$][\w$]{0,99}$/, "must be a name");
const modelRefs = z.record(
  alias,
  z.string().regex(/^[A-Za-z0-9][\w.-]*@[\w.-]+$/, "must be name@version or name@alias"),
);

const hostSpec = z.strictObject({
  url: z.string().refine(isPlainUrl, "must be an https address without user, query and fragment"),
  auth: z.strictObject({
    header: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/, "must be the name of a header"),
    secret: z.string().regex(
      /^BOATHOUSE_SECRET_[A-Z0-9_]{1,100}$/,
      "must be an environment variable BOATHOUSE_SECRET_…",
    ),
  }).optional(),
  private: z.boolean().optional(),
}).superRefine(({ url, private: isPrivate }, context) => {
  if (URL.parse(url)?.protocol === "http:" && !isPrivate) {
    context.addIssue({ code: "custom", path: ["url"], message: "must be https: http is for private: true only" });
  }
});

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password + url.search + url.hash === "";
}

/** What a definition declares, as the sandbox describes it. */
export const DESCRIPTION = z.object({
  input: z.record(z.string(), z.unknown()),
  output: z.record(z.string(), z.unknown()),
  models: modelRefs,
  lookups: modelRefs,
  hosts: z.record(alias, hostSpec),
  budgetMs: z.number().positive().max(60_000),
  memoryBytes: z.int().positive().max(2 ** 31),
}).superRefine(({ models, lookups }, context) => {
  const twice = Object.keys(lookups).find((name) => Object.hasOwn(models, name));
  if (twice) {
    context.addIssue({ code: "custom", path: ["lookups", twice], message: "must not be the alias of a model too" });
  }
});

const schema = z.object({
  schema: z.literal(1),
  name: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bundle: z.string(),
  input: z.record(z.string(), z.unknown()),
  output: z.record(z.string(), z.unknown()),
  models: z.record(z.string(), z.string()),
  lookups: z.record(z.string(), z.string()),
  hosts: z.record(z.string(), hostSpec),
  permissions: z.array(z.string()),
  budgetMs: z.number(),
  memoryBytes: z.number(),
});

/** All that a reviewer asks of a function's version; the version is named by the hash of it. */
export interface Manifest {
  /** Version of this format. */
  schema: 1;
  /** Name of the function. */
  name: string;
  /** SHA-256 over bundle, schemas, models, lookups, hosts, permissions, budget and memory. */
  hash: string;
  /** SHA-256 of the bundle. */
  bundle: string;
  /** JSON Schema of the input. */
  input: Record<string, unknown>;
  /** JSON Schema of the output. */
  output: Record<string, unknown>;
  /** Declared models by alias. */
  models: Record<string, string>;
  /** Declared lookups by alias. */
  lookups: Record<string, string>;
  /** Declared hosts by name; of secrets the names of their environment variables. */
  hosts: Record<string, HostSpec>;
  /** Permissions; none, always. */
  permissions: string[];
  /** Milliseconds that one call may take. */
  budgetMs: number;
  /** Bytes that it may hold. */
  memoryBytes: number;
}

/** One call of the notebook that every version must give again. */
export interface Example {
  /** The request. */
  input: Json;
  /** The answer in the notebook. */
  output: Json;
  /** Model versions that answered, by name. */
  models: Record<string, string>;
  /** The host calls that it made. */
  calls: Json[];
  /** What it saw as now, epoch milliseconds; absent where it did not look. */
  now?: number;
  /** Seed of its randomness; absent where it drew nothing. */
  seed?: string;
  /** Largest difference of a number, relative above 1. */
  tolerance?: number;
}

/** Where a version comes from; beside the manifest, and not part of its name. */
export interface Attestation {
  /** Notebook, relative to the workbench. */
  notebook: string;
  /** Cell that exports the function. */
  cell: string;
  /** Commit of the working tree; null without git. */
  commit: string | null;
  /** Whether the working tree had changes; null without git. */
  dirty: boolean | null;
  /** Who promoted it. */
  author: string;
  /** When, ISO 8601. */
  at: string;
  /** Version of Deno. */
  deno: string;
  /** Version of Boathouse. */
  boathouse: string;
  /** Integrity by `name@version` of each package in the bundle; null where deno.lock has none. */
  packages: Record<string, string | null>;
}

/**
 * Names a version: the hash of what its answers depend on.
 *
 * @param facts the manifest without its hash
 * @returns the manifest
 * @example
 * ```ts
 * import { nameManifest } from "./manifest.ts";
 * const facts = {
 *   schema: 1 as const, name: "f", bundle: "0", input: {}, output: {}, models: {}, lookups: {}, hosts: {},
 *   permissions: [], budgetMs: 10, memoryBytes: 1,
 * };
 * if (nameManifest(facts).hash !== nameManifest({ ...facts }).hash) throw new Error("unexpected");
 * ```
 */
export function nameManifest(facts: Omit<Manifest, "hash">): Manifest {
  const { schema: _, name: __, ...named } = facts;
  return { ...facts, hash: sha256(canonicalJson(named)) };
}

/**
 * Reads the manifest of a version.
 *
 * @param store the lake's store
 * @param hash the version
 * @returns the manifest
 * @throws {RangeError} when no such version was promoted
 * @throws {Error} when the manifest does not have the name that it should
 */
export async function readManifest(store: Store, hash: string): Promise<Manifest> {
  const text = new TextDecoder().decode(await readPart(store, hash, "manifest.json"));
  const manifest = schema.parse(JSON.parse(text)) as Manifest;
  const { hash: _, ...facts } = manifest;
  if (nameManifest(facts).hash === hash) return manifest;
  throw new Error(`Cannot use function version "${hash}" as its manifest was altered: promote it again`);
}

/**
 * Reads the bundle of a version and checks that it is the one that was promoted.
 *
 * @param store the lake's store
 * @param manifest manifest of the version
 * @returns JavaScript of one ES module
 * @throws {Error} when the bundle was altered
 */
export async function loadBundle(store: Store, manifest: Manifest): Promise<string> {
  const bytes = await readPart(store, manifest.hash, "bundle.js");
  if (sha256(bytes) === manifest.bundle) return new TextDecoder().decode(bytes);
  throw new Error(`Cannot use function version "${manifest.hash}" as its bundle was altered: promote it again`);
}

/**
 * Reads the examples of a version.
 *
 * @param store the lake's store
 * @param hash the version
 * @returns the calls of the notebook that promoted it
 * @throws {RangeError} when no such version was promoted
 */
export async function readExamples(store: Store, hash: string): Promise<Example[]> {
  return JSON.parse(new TextDecoder().decode(await readPart(store, hash, "examples.json"))) as Example[];
}

/**
 * Reads where a version comes from.
 *
 * @param store the lake's store
 * @param hash the version
 * @returns notebook, cell, commit, author and packages of its first promotion
 * @throws {RangeError} when no such version was promoted
 */
export async function readAttestation(store: Store, hash: string): Promise<Attestation> {
  return JSON.parse(new TextDecoder().decode(await readPart(store, hash, "attestation.json"))) as Attestation;
}

/**
 * Reads the source map of a version: from its bundle to the cells of the notebook, whose text it holds.
 *
 * @param store the lake's store
 * @param hash the version
 * @returns source map, JSON
 * @throws {RangeError} when no such version was promoted
 */
export async function readSourceMap(store: Store, hash: string): Promise<string> {
  return new TextDecoder().decode(await readPart(store, hash, "bundle.js.map"));
}

/**
 * Path of one file of a version in the store.
 *
 * @param hash the version
 * @param part name of the file
 * @returns path in the store
 */
export function partPath(hash: string, part: string): string {
  return `objects/functions/${hash}/${part}`;
}

/** What a version's answers, and the places in its errors, follow from; not who promoted it. */
const RUN_PARTS = ["manifest.json", "bundle.js", "bundle.js.map", "examples.json"];

/**
 * Lists the files that a version is run from.
 *
 * @param store the lake's store
 * @param hash the version
 * @returns paths in the store
 * @throws {RangeError} when no such version was promoted
 */
export async function listVersionFiles(store: Store, hash: string): Promise<string[]> {
  await readManifest(store, hash);
  const paths = RUN_PARTS.map((part) => partPath(hash, part));
  const found = await Promise.all(paths.map((path) => store.exists(path)));
  return paths.filter((_, at) => found[at]);
}

async function readPart(store: Store, hash: string, part: string): Promise<Uint8Array> {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`Cannot find function version "${hash}" as it is no SHA-256`);
  try {
    return await store.get(partPath(hash, part));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new RangeError(`Cannot find function version "${hash}": no such version was promoted`, { cause });
  }
}
