import { dirname, relative, resolve } from "node:path";
import { readImports } from "../config/env/mod.ts";
import type { Control } from "../control/mod.ts";
import { canonicalJson, type Json, sha256 } from "../events/mod.ts";
import { gitState } from "../git/mod.ts";
import type { Models } from "../models/mod.ts";
import { isCode, type Notebook, readNotebook, verifyNotebook } from "../notebook/mod.ts";
import { type HostRequest, openSandbox, type Sandbox } from "../sandbox/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Bundle, BUNDLE_BASE, bundleFunction, type BundleInput, mapName } from "./bundle.ts";
import { differenceOf, examplesOf } from "./examples.ts";
import type { Description } from "./handler.ts";
import { type Attestation, DESCRIPTION, type Example, type Manifest, nameManifest, partPath } from "./manifest.ts";
import { mapToCells } from "./source_map.ts";
import { typeCheck } from "./type_check.ts";

/** What to promote. */
export interface PromoteRequest {
  /** Absolute path of the notebook. */
  notebook: string;
  /** Name of the exported function. */
  name: string;
  /** Absolute folder of the workbench, with deno.json and deno.lock. */
  root: string;
  /** Accepts a working tree with changes; the version is marked. */
  allowDirty?: boolean;
  /** Who promotes it. */
  by: string;
  /** Why. */
  why: string;
}

/** What promotion works with. */
export interface PromoteParts {
  /** The lake's store. */
  store: Store;
  /** The control topic. */
  control: Control;
  /** The registry, for the models of the examples. */
  models: Models;
}

/** What became of a promotion. */
export interface Promoted {
  /** Name of the function. */
  name: string;
  /** Its version. */
  hash: string;
  /** All that a reviewer asks. */
  manifest: Manifest;
  /** How many examples were replayed. */
  examples: number;
  /** False when exactly this version was the newest already. */
  changed: boolean;
}

const DESCRIBE_MS = 5_000;
const EXAMPLE_MS = 5_000;

/**
 * Promotes a function from a notebook's cell: slices what it needs, checks types, bundles, replays its examples in the
 * sandbox, stores the version under the hash of its content, and says so on topic `control`.
 *
 * @param request notebook, name, who and why
 * @param parts store, control, models
 * @returns the version
 * @throws {RangeError} when the notebook exports no such function, a cell that it needs is not fresh, the working
 * tree has changes, or an example fails, gives another answer, or another one when it is asked again
 * @throws {TypeError} when the cell needs a value of the run, the type check fails, or it is no defineFunction
 */
export async function promote(request: PromoteRequest, parts: PromoteParts): Promise<Promoted> {
  const { name, root, by, why } = request;
  checkName(name);
  const file = await fileWithin(root, request.notebook);
  const notebook = readNotebook(await Deno.readTextFile(file), relative(root, file));
  const { slice, cell } = await sliceOf(notebook, name, file, root);
  await refuseStale(file, root, name, slice.cells.map(({ id }) => id));
  const source = await attest(request, file, cell, (notebook.metadata.boathouse as { boathouse: string }).boathouse);
  const examples = await examplesOf(notebook, name);
  const place = { source: slice.source, name, folder: dirname(file), root };
  // What takes longest goes beside the rest; of two refusals that of the types is told.
  const [checked, made] = await Promise.allSettled([typeCheck(slice, place.folder, root), makeFunction(place)]);
  if (checked.status === "rejected") throw checked.reason;
  if (made.status === "rejected") throw made.reason;
  const { handler, described } = made.value;
  const bundle = new TextEncoder().encode(handler.code);
  const manifest = nameManifest({
    schema: 1,
    name,
    bundle: sha256(bundle),
    ...described,
    permissions: [],
  });
  await replay(manifest, handler.code, examples, parts.models);
  const cells = Object.fromEntries(notebook.cells.filter(isCode).map(({ id, source }) => [id, source]));
  const map = await mapToCells(handler.map, BUNDLE_BASE, { slice, cells, root, notebook: source.notebook });
  const attestation = { ...source, packages: handler.packages };
  await save(parts.store, manifest, { bundle, map, examples, attestation });
  const changed = await announce(parts.control, manifest, { by, why });
  return { name, hash: manifest.hash, manifest, examples: examples.length, changed };
}

// The name becomes part of paths, of URLs and of topic `control`.
function checkName(name: string): void {
  if (/^[A-Za-z]\w{0,99}$/.test(name)) return;
  throw new RangeError(
    `Cannot promote ${JSON.stringify(name)} as a function's name must be a letter and then letters, digits and _, ` +
      `100 in all: rename it`,
  );
}

async function fileWithin(root: string, notebook: string): Promise<string> {
  const file = resolve(root, notebook);
  const [real, realRoot] = await Promise.all([realPath(file), Deno.realPath(root)]);
  if (real.startsWith(`${realRoot}/`) && file.startsWith(`${root}/`)) return file;
  throw new RangeError(`Cannot promote from "${notebook}" as a notebook must lie in the workbench: move it there`);
}

async function realPath(file: string): Promise<string> {
  try {
    return await Deno.realPath(file);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new RangeError(`Cannot promote from "${file}" as there is no such notebook`, { cause });
  }
}

async function sliceOf(notebook: Notebook, name: string, file: string, root: string) {
  const { parseCell, sliceCells } = await import("../cells/mod.ts");
  const cells = notebook.cells.filter(isCode);
  const parsed = cells.map(({ id, source }) => ({ id, ...parseCell(source) }));
  if (!parsed.some(({ exports }) => exports.includes(name))) {
    throw new RangeError(
      `Cannot promote "${name}" as no cell of the notebook exports it: write "export const ${name} = defineFunction(…)"`,
    );
  }
  const folder = dirname(file);
  const imports = readImports(root);
  const mapped = (specifier: string) => {
    // What the library means inside of a served function is no file of the workbench.
    const target = /^boathouse($|\/)/.test(specifier) ? specifier : mapName(specifier, imports);
    return /^\.{0,2}\//.test(target) ? resolve(root, target) : null;
  };
  const readFile = (path: string): string | null => {
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  };
  return {
    cell: parsed.findLast(({ defines }) => defines.includes(name))!.id,
    slice: sliceCells(cells.map(({ id, source }) => ({ id, source })), name, { folder, readFile, mapped }),
  };
}

async function refuseStale(file: string, root: string, name: string, needed: string[]): Promise<void> {
  const bad = (await verifyNotebook(file, { root })).find(({ cell, code }) =>
    needed.includes(cell) && code.verdict !== "fresh"
  );
  if (!bad) return;
  throw new RangeError(
    `Cannot promote "${name}" as cell "${
      bad.label ?? bad.cell
    }" is ${bad.code.verdict}: ${bad.code.reason}; run "boathouse notebook run ${relative(root, file)}"`,
  );
}

async function attest(
  { root, by, name, allowDirty }: PromoteRequest,
  file: string,
  cell: string,
  boathouse: string,
): Promise<Omit<Attestation, "packages">> {
  const { commit, changed } = await gitState(root);
  if (changed !== null && changed.length > 0 && !allowDirty) {
    throw new RangeError(
      `Cannot promote "${name}" as the working tree has changes, such as "${
        changed[0]
      }": commit them, or pass --allow-dirty`,
    );
  }
  const dirty = changed === null ? null : changed.length > 0;
  return {
    notebook: relative(root, file),
    cell,
    commit,
    dirty,
    author: by,
    at: new Date().toISOString(),
    deno: Deno.version.deno,
    boathouse,
  };
}

async function makeFunction(place: Omit<BundleInput, "entry">): Promise<{ handler: Bundle; described: Description }> {
  const [handler, describer] = await Promise.all([
    bundleFunction({ ...place, entry: "handler" }),
    bundleFunction({ ...place, entry: "describer" }),
  ]);
  return { handler, described: await describeFunction(place.name, describer.code) };
}

async function describeFunction(name: string, code: string): Promise<Description> {
  const host = { call: () => Promise.reject(new Error("a function calls nothing while it is described")) };
  await using sandbox = await openSandbox({ product: "promotion", host, spares: 0 });
  const hash = sha256(code);
  let described: unknown;
  try {
    await sandbox.load({ hash, bundle: code, budgetMs: DESCRIBE_MS, memoryBytes: 2 ** 28 });
    const context = { decision: "describe", nowMs: 0, seed: "describe", budgetMs: DESCRIBE_MS };
    described = (await sandbox.call(hash, null, context)).output;
  } catch (cause) {
    throw new TypeError(
      `Cannot promote "${name}" as its cell must export what defineFunction returns: ${(cause as Error).message}`,
      { cause },
    );
  }
  const result = DESCRIPTION.safeParse(described);
  if (result.success) return result.data as Description;
  const { path, message } = result.error.issues[0]!;
  throw new TypeError(`Cannot promote "${name}" as what it declares is wrong: ${path.join(".")} ${message}`);
}

// Each example is asked twice of one instance: what the second answer has of the first is state.
async function replay(manifest: Manifest, bundle: string, examples: Example[], models: Models): Promise<void> {
  if (examples.length === 0) return;
  const { hash, name, memoryBytes } = manifest;
  const host = { call: (request: HostRequest) => answerExample(request, examples, manifest, models) };
  await using sandbox = await openSandbox({ product: "promotion", host, spares: 0 });
  await sandbox.load({ hash, bundle, budgetMs: EXAMPLE_MS, memoryBytes });
  const refuse = (index: number, what: string) =>
    new RangeError(`Cannot promote "${name}" (${hash.slice(0, 12)}) as example ${index + 1} ${what}`);
  for (const [index, example] of examples.entries()) {
    const output = await answer(sandbox, manifest, example, index);
    const difference = differenceOf(example.output, output, example.tolerance);
    if (difference !== null) {
      const wayOut = `run the notebook again, or set "//| tolerance"`;
      throw refuse(index, `gives another answer in the sandbox: ${difference}; ${wayOut}`);
    }
    const kept = differenceOf(output, await answer(sandbox, manifest, example, index), 0);
    if (kept !== null) {
      throw refuse(
        index,
        `gives another answer when it is asked again: ${kept}; keep nothing from one call to the next`,
      );
    }
  }
}

async function answer(sandbox: Sandbox, { hash, name }: Manifest, example: Example, index: number): Promise<Json> {
  try {
    const { now: nowMs = 0, seed = "example" } = example;
    const context = { decision: String(index), nowMs, seed, budgetMs: EXAMPLE_MS };
    return (await sandbox.call(hash, example.input, context)).output;
  } catch (cause) {
    throw new RangeError(`Cannot promote "${name}" as an example fails in the sandbox: ${(cause as Error).message}`, {
      cause,
    });
  }
}

// The version that answered in the notebook answers again, whatever an alias names by now. Where this registry holds other
// content under its number, the recorded reply stands in: then the replay proves the function, and not the model.
async function answerExample(
  { kind, name, payload, index, decision }: HostRequest,
  examples: Example[],
  manifest: Manifest,
  models: Models,
): Promise<Json> {
  const example = examples[Number(decision)]!;
  const recorded = example.calls[index] as unknown as RecordedExampleCall | null | undefined;
  const isRecorded = recorded?.kind === kind && recorded.name === name;
  if (kind === "fetch") {
    if (isRecorded) return recorded.reply;
    throw new Error(`it asked no host "${name}" in the notebook: run the notebook again`);
  }
  const declared = (kind === "model" ? manifest.models : manifest.lookups)[name];
  if (declared === undefined) throw new Error(`it declares no ${kind} "${name}"`);
  const [model] = declared.split("@") as [string];
  const version = example.models[model];
  const loaded = await models.load(version === undefined ? declared : `${model}@${version}`);
  if (isRecorded && recorded.digest !== loaded.digest) return recorded.reply;
  const answers: unknown[] = await loaded.predict(
    (kind === "model" ? payload : [payload]) as Record<string, unknown>[],
  );
  return (kind === "model" ? answers : answers[0]) as Json;
}

interface RecordedExampleCall {
  kind: string;
  name: string;
  digest?: string;
  reply: Json;
}

interface Parts {
  bundle: Uint8Array;
  map: string;
  examples: Example[];
  attestation: Attestation;
}

// The manifest comes last: a version whose manifest is there is whole.
async function save(store: Store, manifest: Manifest, { bundle, map, examples, attestation }: Parts): Promise<void> {
  const write = (part: string, bytes: Uint8Array) => store.putIfAbsent(partPath(manifest.hash, part), bytes);
  const json = (value: unknown) => new TextEncoder().encode(canonicalJson(value));
  await write("bundle.js", bundle);
  await write("bundle.js.map", new TextEncoder().encode(map));
  await write("examples.json", json(examples));
  await write("attestation.json", json(attestation));
  await write("manifest.json", json(manifest));
}

async function announce(
  control: Control,
  { name, hash }: Manifest,
  { by, why }: { by: string; why: string },
): Promise<boolean> {
  const known = (await control.state()).functions[name];
  if (known?.hash === hash) return false;
  await control.append({ op: "promote", target: name, expected: null, rule: 1, spec: hash, by, why });
  return true;
}
