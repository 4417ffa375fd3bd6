import { resolve } from "node:path";
import { promoteModel } from "../../lib/evaluate/mod.ts";
import { promote, type Promoted, readManifest } from "../../lib/functions/mod.ts";
import { endpointPins, type Workbench } from "../../lib/workbench/mod.ts";
import { textTable } from "./text_table.ts";
import type { Answer } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** How to promote. */
export interface PromoteCellOptions {
  /** Accepts a working tree with changes; the version is marked. */
  allowDirty: boolean;
  /** Who promotes it. */
  by: string;
  /** Why. */
  why: string;
}

/**
 * Promotes one function from a notebook of the workbench.
 *
 * @param workbench the open workbench
 * @param notebook path of the notebook
 * @param name name of the exported function
 * @param options who, why, and whether changes are accepted
 * @returns the version
 */
export async function promoteCell(
  workbench: Workbench,
  notebook: string,
  name: string,
  options: PromoteCellOptions,
): Promise<Promoted> {
  const parts = {
    store: await workbench.store(),
    control: await workbench.control(),
    models: await workbench.models(),
  };
  return await promote({ notebook: resolve(notebook), name, root: workbench.settings.root, ...options }, parts);
}

/** The verb `promote`. */
export const promoteFunction = withWorkbench(async (workbench, { args, options }) => {
  const what = args[0]!;
  const why = typeof options.why === "string" ? options.why : "asked on the command line";
  if (what.startsWith("model:")) return await promoteVersion(workbench, what.slice("model:".length), why);
  const [notebook, name] = what.split("#") as [string, string | undefined];
  if (!name) {
    throw new RangeError(`Cannot promote "${what}" as it must be NOTEBOOK#FUNCTION: name the function behind #`);
  }
  const { hash, examples, changed } = await promoteCell(workbench, notebook, name, {
    allowDirty: options.allowDirty === true,
    by: "command line",
    why,
  });
  const text = changed
    ? `${name}@${hash.slice(0, 12)}, ${examples} examples replayed`
    : `${name}@${hash.slice(0, 12)}, as before`;
  return { json: { name, hash, examples, changed }, text };
});

async function promoteVersion(workbench: Workbench, ref: string, why: string): Promise<Answer> {
  const parts = { control: await workbench.control(), pins: endpointPins(workbench) };
  const done = await promoteModel(ref, parts, { by: "command line", why });
  const { name, version, digest, previous, offset, changed } = done;
  const was = previous === null || !changed ? "" : `, before it version ${previous}`;
  const text =
    `model ${name}@${version} (${digest.slice(0, 12)}) ${changed ? "is promoted" : "is promoted, as before"}` +
    `${was}; it answers POST /v2/models/${name}/infer`;
  return { json: { model: name, version, digest, previous, offset, changed }, text };
}

/** The verb `function list`. */
export const functionList = withWorkbench(async (workbench) => {
  const { functions } = await (await workbench.control()).state();
  const rows = Object.entries(functions).map(([name, { hash, history }]) => ({
    function: name,
    newest: hash.slice(0, 12),
    promotions: history.length,
  }));
  return { json: rows, text: textTable(rows) };
});

/** The verb `function show`. */
export const functionShow = withWorkbench(async (workbench, { args }) => {
  const manifest = await readManifest(await workbench.store(), await hashOf(workbench, args[0]!));
  const json = JSON.parse(JSON.stringify(manifest));
  return { json, text: JSON.stringify(json, null, 2) };
});

/** The verb `function call`. */
export const functionCall = withWorkbench(async (workbench, { args }) => {
  const [ref, body] = args as [string, string];
  const hash = await hashOf(workbench, ref);
  const { hostname, port } = workbench.settings.listen.serving;
  const url = `http://${hostname}:${port}/v1/functions/${ref.split("@")[0]}@${hash}`;
  const response = await ask(url, body);
  const json = await response.json();
  if (!response.ok) throw new Error(`Cannot call "${ref}": ${json.detail ?? json.title ?? response.status}`);
  return { json, text: JSON.stringify(json, null, 2) };
});

async function ask(url: string, body: string): Promise<Response> {
  try {
    return await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  } catch (cause) {
    throw new Error(`Cannot reach the serving plane at ${new URL(url).origin}: start it with "boathouse start"`, {
      cause,
    });
  }
}

async function hashOf(workbench: Workbench, ref: string): Promise<string> {
  const [name, wanted] = ref.split("@") as [string, string | undefined];
  const found = (await (await workbench.control()).state()).functions[name];
  if (!found) {
    throw new RangeError(`Cannot find function "${name}" as none of that name was promoted: boathouse function list`);
  }
  const hash = wanted === undefined ? found.hash : found.history.find((each) => each.hash.startsWith(wanted))?.hash;
  if (hash) return hash;
  throw new RangeError(`Cannot find function "${ref}" as no version begins so: boathouse function list`);
}
