import { basename, dirname, relative, resolve } from "node:path";
import { listProducts, type Product } from "../../lib/config/mod.ts";
import {
  type Activated,
  activateEndpoint,
  type Applied,
  applyEndpoint,
  exportEndpoint,
  type Reason,
  rollbackEndpoint,
} from "../../lib/endpoints/mod.ts";
import { loadRevision, showProposals } from "../../lib/endpoints/mod.ts";
import { endpointPins, readSchemas, type Workbench } from "../../lib/workbench/mod.ts";
import { type ShadowDisagreement, shadowDisagreement } from "../../lib/simulate/mod.ts";
import type { Answer, Call } from "./verb.ts";
import { textTable } from "./text_table.ts";
import { withWorkbench } from "./with_workbench.ts";

/**
 * Applies an endpoint's file: checks it, pins what it names, stores the revision. Traffic stays as it is.
 *
 * @param workbench the open workbench
 * @param file path of the file, in its product's folder
 * @param reason who asks, and why
 * @returns the revision
 */
export async function applyFile(workbench: Workbench, file: string, reason: Reason): Promise<Applied> {
  const { root } = workbench.settings;
  const parts = { store: await workbench.store(), control: await workbench.control(), pins: endpointPins(workbench) };
  const text = await Deno.readTextFile(file);
  return await applyEndpoint({ text, name: relative(root, resolve(file)) }, productOf(root, file), parts, reason);
}

/**
 * Activates the newest applied revision of an endpoint, or the one named.
 *
 * @param workbench the open workbench
 * @param endpoint name of the endpoint
 * @param reason who asks, why, which revision, and whether it must be simulated
 * @returns what came into force
 * @throws {Error} when another activation won
 */
export async function activateNewest(
  workbench: Workbench,
  endpoint: string,
  reason: Reason & { revision?: string; mustBeSimulated?: boolean },
) {
  const parts = {
    store: await workbench.store(),
    control: await workbench.control(),
    readSchemas: readSchemas(workbench),
  };
  return inForce(endpoint, await activateEndpoint({ endpoint, ...reason }, parts));
}

/** The verb `endpoint apply`. */
export const endpointApply = withWorkbench(async (workbench, { args, options }) => {
  const applied = await applyFile(workbench, args[0]!, reasonOf(options));
  const { endpoint, revision, changed, active, notes } = applied;
  const text = [
    `${endpoint} revision ${revision.slice(0, 12)} is ${changed ? "applied" : "applied already"}`,
    active === revision ? "it answers now" : `not active yet: boathouse endpoint activate ${endpoint}`,
    ...notes,
  ].join("\n");
  return { json: { endpoint, revision, changed, active, notes }, text };
});

/** The verb `endpoint activate`. */
export const endpointActivate = withWorkbench(async (workbench, { args, options }) => {
  const [endpoint, revision] = args as [string, string | undefined];
  const { by, why } = reasonOf(options);
  const { whyUnsimulated } = options;
  const done = await activateNewest(workbench, endpoint, {
    by,
    why: whyUnsimulated === undefined ? why : `${why}; not simulated: ${whyUnsimulated}`,
    mustBeSimulated: whyUnsimulated === undefined,
    ...(revision && { revision }),
  });
  return answerOf(endpoint, done);
});

/** The verb `endpoint rollback`. */
export const endpointRollback = withWorkbench(async (workbench, { args, options }) => {
  const control = await workbench.control();
  const done = await rollbackEndpoint({ endpoint: args[0]!, ...reasonOf(options) }, { control });
  return answerOf(args[0]!, inForce(args[0]!, done));
});

/** The verb `endpoint list`. */
export const endpointList = withWorkbench(async (workbench) => {
  const { endpoints } = await (await workbench.control()).state();
  const store = await workbench.store();
  const rows = await Promise.all(
    Object.entries(endpoints).map(async ([endpoint, state]) => ({
      endpoint,
      active: state.active?.revision.slice(0, 12) ?? "none",
      previous: state.previous?.revision.slice(0, 12) ?? "none",
      revisions: Object.keys(state.revisions).length,
      proposed: (await showProposals(store, state)).map(({ changes }) => changes.join(", ")).join("; "),
    })),
  );
  return { json: rows, text: textTable(rows) };
});

/** The verb `endpoint show`. */
export const endpointShow = withWorkbench(async (workbench, { args }) => {
  const name = args[0]!;
  const found = (await (await workbench.control()).state()).endpoints[name];
  if (!found) throw new RangeError(`Cannot show endpoint "${name}" as no file of that name was applied`);
  if (!found.active) {
    throw new RangeError(`Cannot show endpoint "${name}" as it is not active: boathouse endpoint activate ${name}`);
  }
  const { revision } = found.active;
  const store = await workbench.store();
  const loaded = await loadRevision(store, found.revisions[revision]!.spec);
  const proposals = await showProposals(store, found);
  const { spec: { shadow, changed } } = loaded;
  const shadows = shadow && await shadowDisagreement(await workbench.lake(), { endpoint: name, revision, changed });
  const more = { ...(proposals.length > 0 ? { proposals } : {}), ...(shadows ? { shadows } : {}) };
  const json = JSON.parse(JSON.stringify({ ...loaded, ...more }));
  const proposed = proposals.map(({ revision, why, changes }) =>
    `proposed, not in force: revision ${revision.slice(0, 12)} (${why})\n${changes.map((one) => `  ${one}`).join("\n")}`
  );
  return {
    json,
    text: [JSON.stringify(json, null, 2), ...proposed, ...shadows ? [shadowText(shadows)] : []].join("\n"),
  };
});

function shadowText(shadows: readonly ShadowDisagreement[]): string {
  if (shadows.length === 0) return "shadows: no call of this revision is in the lake yet";
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  return textTable(shadows.map(({ function: name, models, isNoiseFloor, n, differing, share, errors }) => ({
    shadow: name.slice(0, name.indexOf("@") + 13),
    models: Object.entries(models).map(([model, version]) => `${model}@${version.split("#")[0]}`).join(", "),
    against: isNoiseFloor ? "itself: noise floor" : "what answered",
    compared: n,
    differ: differing,
    share: n === 0 ? "unknown" : `${percent(share.value)} [${percent(share.low)}, ${percent(share.high)}]`,
    "no answer": errors,
  })));
}

/** The verb `endpoint export`. */
export const endpointExport = withWorkbench(async (workbench, { args }) => {
  const [name, dir] = args as [string, string];
  const parts = {
    store: await workbench.store(),
    control: await workbench.control(),
    models: await workbench.models(),
  };
  const { revision, files, bytes } = await exportEndpoint(name, dir, parts);
  const text = `${name} revision ${revision.slice(0, 12)}: ${files} files, ${bytes} bytes in "${dir}"; it answers by ` +
    `boathouse start --role serving --from ${dir}`;
  return { json: { endpoint: name, revision, dir, files, bytes }, text };
});

function reasonOf(options: Call["options"]): Reason {
  return { by: "command line", why: typeof options.why === "string" ? options.why : "asked on the command line" };
}

/**
 * Finds the product that an endpoint's file belongs to.
 *
 * @param root folder of the workbench
 * @param file path of the file
 * @returns the product
 * @throws {Error} when the file's folder is none
 */
export function productOf(root: string, file: string): Product {
  const folder = dirname(resolve(file));
  const product = listProducts(root).find((each) => each.folder === folder);
  if (product) return product;
  throw new Error(
    `Cannot apply "${basename(file)}" as its folder is no product: put it beside a product.yaml in notebooks/`,
  );
}

function inForce(endpoint: string, done: Activated): Extract<Activated, { applied: true }> {
  if (done.applied) return done;
  const who = done.winner
    ? `; in force is revision ${done.winner.revision.slice(0, 12)} since offset ${done.winner.offset}`
    : "";
  throw new Error(`Cannot activate endpoint "${endpoint}" as ${done.reason}${who}`);
}

function answerOf(
  endpoint: string,
  { revision, previous, changed, offset }: Extract<Activated, { applied: true }>,
): Answer {
  const was = previous === null ? "" : `, before it ${previous.slice(0, 12)}`;
  const text = `${endpoint} answers by revision ${revision.slice(0, 12)}${was}${changed ? "" : ", as it did already"}`;
  return { json: { endpoint, revision, previous, changed, offset }, text };
}
