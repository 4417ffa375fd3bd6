import { dirname, join, resolve } from "node:path";
import type { Control, ControlState } from "../control/mod.ts";
import { sha256 } from "../events/mod.ts";
import { listVersionFiles } from "../functions/mod.ts";
import type { Models } from "../models/mod.ts";
import type { Store } from "../store/mod.ts";
import { callsOf } from "./compile_endpoint.ts";
import { type EndpointExport, EXPORT_FILE, exportText } from "./export_format.ts";
import type { PinnedModel, PinnedSpec, Revision } from "./plan_revision.ts";
import { loadRevision } from "./revision_store.ts";

/** Where an endpoint's parts are read. */
export interface ExportParts {
  /** Holds revisions and functions. */
  store: Store;
  /** The control topic. */
  control: Pick<Control, "state">;
  /** The model registry. */
  models: Pick<Models, "files">;
}

/** What was exported. */
export interface Exported {
  /** The revision that answers. */
  revision: string;
  /** Files, their list included. */
  files: number;
  /** Bytes of the files, without their list. */
  bytes: number;
}

/**
 * Writes all that an endpoint's answers follow from into a folder: the active revision, the versions of functions that
 * it calls, and the files of their models and lookups, each with its digest. The folder is there whole, or not at all.
 *
 * @param name name of the endpoint
 * @param dir the folder; it is made, or must be empty
 * @param parts store, control topic, registry
 * @returns what was written
 * @throws {RangeError} when the folder is not empty, the endpoint is unknown or not active, or another server answers
 * for a model
 */
export async function exportEndpoint(name: string, dir: string, parts: ExportParts): Promise<Exported> {
  const target = resolve(dir);
  await refuseFilled(name, target);
  const state = await parts.control.state();
  const revision = await findActive(name, state, parts.store);
  await Deno.mkdir(dirname(target), { recursive: true });
  const folder = await Deno.makeTempDir({ dir: dirname(target), prefix: ".export-" });
  try {
    const { files, models, bytes } = await writeFiles(folder, revision, parts);
    const facts = { endpoint: name, revision: revision.revision, offset: state.offset, models, files };
    await Deno.writeTextFile(join(folder, EXPORT_FILE), exportText(facts));
    await Deno.remove(target).catch(unlessMissing); // a rename onto a folder is refused on Windows
    await Deno.rename(folder, target);
    return { revision: revision.revision, files: Object.keys(files).length + 1, bytes };
  } catch (cause) {
    await Deno.remove(folder, { recursive: true }).catch(unlessMissing);
    throw cause;
  }
}

async function refuseFilled(name: string, dir: string): Promise<void> {
  const refuse = (found: string, cause?: unknown) =>
    new RangeError(`Cannot export endpoint "${name}" to "${dir}" as it must be a new or empty folder: ${found}`, {
      cause,
    });
  try {
    for await (const { name } of Deno.readDir(dir)) throw refuse(`it holds "${name}"`);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return;
    throw cause instanceof Deno.errors.NotADirectory ? refuse("it is a file", cause) : cause;
  }
}

async function findActive(name: string, { endpoints }: ControlState, store: Store): Promise<Revision> {
  const found = Object.hasOwn(endpoints, name) ? endpoints[name]! : null;
  const refuse = (why: string) => new RangeError(`Cannot export endpoint "${name}" as ${why}`);
  if (!found) throw refuse("no file of that name was applied: boathouse endpoint list");
  if (!found.active) throw refuse(`it is not active: boathouse endpoint activate ${name}`);
  return await loadRevision(store, found.active.spec);
}

async function writeFiles(folder: string, { revision, spec }: Revision, { store, models }: ExportParts) {
  const files: Record<string, string> = {};
  let bytes = 0;
  const write = async (path: string, content: Uint8Array): Promise<string> => {
    const digest = sha256(content), file = path === "" ? `objects/${digest}` : path;
    if (files[file] === digest) return digest;
    await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
    await Deno.writeFile(join(folder, file), content);
    files[file] = digest;
    bytes += content.length;
    return digest;
  };
  const copy = async (path: string) => await write(path, await store.get(path));
  await copy(`objects/${revision}`);
  for (const hash of new Set(callsOf(spec).map((call) => call.hash))) {
    for (const path of await listVersionFiles(store, hash)) await copy(path);
  }
  const taken: EndpointExport["models"] = [];
  for (const model of modelsIn(spec)) taken.push(await takeModel(model, models, (content) => write("", content)));
  return { files, models: taken, bytes };
}

/** Each version that the revision calls, once. */
function modelsIn(spec: PinnedSpec) {
  const all = callsOf(spec).flatMap((call) => Object.values(call.models));
  return new Map(all.map((model) => [`${model.name}@${model.version}`, model])).values();
}

async function takeModel(
  { name, version, digest }: PinnedModel,
  models: ExportParts["models"],
  write: (content: Uint8Array) => Promise<string>,
): Promise<EndpointExport["models"][number]> {
  const found = await models.files(`${name}@${version}`);
  if (found.digest !== digest) {
    throw new Error(
      `Cannot export model "${name}@${version}" as its content must have the digest ${digest}: got ${found.digest}`,
    );
  }
  const files: Record<string, string> = {};
  for (const [path, content] of found.files) files[path] = await write(content);
  return { name, version, digest, files };
}

function unlessMissing(cause: unknown): void {
  if (!(cause instanceof Deno.errors.NotFound)) throw cause;
}
