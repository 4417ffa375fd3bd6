import type { Control } from "../control/mod.ts";
import type { Store } from "../store/mod.ts";
import { keptBlocks, parseEndpoint } from "./endpoint_spec.ts";
import { type PinSource, planRevision, type ProductFacts, type Revision } from "./plan_revision.ts";
import { saveRevision } from "./revision_store.ts";

/** Who changes something, and why; both stand on the bus for good. */
export interface Reason {
  /** Who asks. */
  by: string;
  /** Why. */
  why: string;
}

/** What apply needs. */
export interface ApplyParts {
  /** Where revisions are stored. */
  store: Store;
  /** The control topic. */
  control: Control;
  /** Where functions, models and verdicts are looked up. */
  pins: PinSource;
}

/** What became of a file that was applied; traffic is as before. */
export interface Applied extends Revision {
  /** Name of the endpoint. */
  endpoint: string;
  /** Offset of the request on topic `control`. */
  offset: number;
  /** False when exactly this revision was applied before. */
  changed: boolean;
  /** The revision that answers now; null when none does. */
  active: string | null;
  /** What the caller must be told, a sentence each. */
  notes: string[];
}

/**
 * Applies an endpoint's file: reads it, pins it, stores the revision and names it on topic `control`. Only activation
 * changes traffic.
 *
 * @param file text and name of the file
 * @param product product that the endpoint belongs to
 * @param parts store, control topic, lookups
 * @param reason who applies it, and why
 * @returns the revision and what this version keeps without acting on it
 * @throws {SyntaxError} when the text is no YAML
 * @throws {TypeError} when a key is missing, unknown, wrong or of a later version
 * @throws {RangeError} when something it names is unknown, or a model has no passing verdict
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { applyEndpoint } from "./apply_endpoint.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * const store = await openStore({ kind: "directory", dir });
 * const none = () => Promise.resolve(null);
 * const pins = { findFunction: none, findModel: none, findVerdict: none, readDigest: () => Promise.resolve("") };
 * const product = { name: "p", owner: "o", businessCase: "b", tasks: ["t"], metrics: {} };
 * const text = "{ endpoint: e, contract: 1, budgetMs: 9, variants: [{ name: a, weight: 1, plan: { fallback: [{ value: 1 }] } }] }";
 * const reason = { by: "ann", why: "new" };
 * const applied = await applyEndpoint({ text, name: "e.yaml" }, product, { store, control, pins }, reason);
 * if (!applied.changed || applied.active !== null) throw new Error("unexpected");
 * ```
 */
export async function applyEndpoint(
  file: { text: string; name: string },
  product: ProductFacts,
  { store, control, pins }: ApplyParts,
  reason: Reason,
): Promise<Applied> {
  const spec = parseEndpoint(file.text, file.name);
  const planned = await planRevision(spec, product, pins);
  const { revision } = planned;
  const found = (await control.state()).endpoints[spec.endpoint];
  const known = found?.revisions[revision];
  const answer = { ...planned, endpoint: spec.endpoint, active: found?.active?.revision ?? null, notes: notesOf(spec) };
  if (known) return { ...answer, offset: known.offset, changed: false };
  await saveRevision(store, planned);
  const { offset } = await control.append({
    op: "apply",
    target: spec.endpoint,
    revision,
    expected: null,
    rule: 1,
    spec: revision,
    ...reason,
  });
  return { ...answer, offset, changed: true };
}

function notesOf(spec: Parameters<typeof keptBlocks>[0]): string[] {
  const kept = keptBlocks(spec);
  return kept.length === 0 ? [] : [`kept, not acted on in this version: ${kept.join(", ")}`];
}
