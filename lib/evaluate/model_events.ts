import { appendOnce, type Bus, ensureTopic } from "../bus/mod.ts";
import {
  type CloudEvent,
  createEvent,
  parseEvent,
  signEvent,
  STANDARD_EVENTS,
  uuidOf,
  verifyEvent,
} from "../events/mod.ts";
import type { ModelInventory, Models } from "../models/mod.ts";

/** The data of a `model` event: a version came or went, or an alias moved. */
export interface ModelChange {
  /** Name of the model. */
  model: string;
  /** The version that came or went, or that the alias names, or named before it went. */
  version: string;
  /** SHA-256 of the version's content. */
  digest: string;
  /** What happened; an alias that is no more is `deleted`, with `alias`. */
  action: "created" | "alias" | "deleted";
  /** The alias, where the event is about one. */
  alias?: string;
  /** The version that the alias named before. */
  previous?: string;
  /** Who noticed: what is done in MLflow has no name here. */
  by: string;
}

/** What is on the topic `model`. */
export interface KnownModels {
  /** Digest by version, by model; versions that went are left out. */
  versions: Map<string, Map<string, string>>;
  /** Version by alias, by model. */
  aliases: Map<string, Map<string, string>>;
  /** All versions that an alias has named, one for each move, oldest first; by alias, by model. */
  moves: Map<string, Map<string, string[]>>;
}

/** What the registry has that cannot be told, as its content cannot be read. */
export interface UnreadVersion {
  /** `name@version`. */
  model: string;
  /** Why. */
  reason: string;
}

/** Tells the bus what happens in the registry. */
export interface ModelWatch {
  /**
   * Compares the registry with the topic `model`, and puts there what is missing: each change once, however many
   * watch. Between two calls an alias may have moved twice: only where it came to rest is told.
   */
  reconcile(): Promise<{ changes: ModelChange[]; unread: UnreadVersion[] }>;
  /** What the topic says, as of the last call. */
  known(): KnownModels;
}

const TYPE = STANDARD_EVENTS.model!;

/**
 * Opens the watch over the registry. Webhooks get lost, so that it compares; a webhook is a reason to call it at once.
 *
 * @param parts bus, registry, and the key that signs reserved events
 * @returns the watch
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { buildOnnx, openModels } from "../models/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { watchModels } from "./model_events.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * const store = await openStore({ kind: "directory", dir });
 * await using models = await openModels({ store, dir: `${dir}/registry` });
 * await models.log("delay", { onnx: buildOnnx({ intercept: 1, slopes: { km: 2 } }), example: { km: 1 } });
 * const watch = watchModels({ bus, models, key: "secret" });
 * const { changes } = await watch.reconcile();
 * if (changes[0]?.action !== "created" || (await watch.reconcile()).changes.length !== 0) throw new Error("unexpected");
 * ```
 */
export function watchModels({ bus, models, key }: { bus: Bus; models: Models; key: string }): ModelWatch {
  const told = new Fold(key);
  return {
    known: () => told,
    reconcile: async () => {
      await ensureTopic(bus, TYPE.topic);
      await told.advance(bus);
      const { changes, unread } = await findChanges(told, models);
      for (const change of changes) await appendOnce(bus, TYPE.topic, sign(change, told, key));
      await told.advance(bus);
      return { changes, unread };
    },
  };
}

/** The same change has the same id, whoever finds it; an alias may come back to a version, so that its moves count. */
function sign(change: ModelChange, told: Fold, key: string): CloudEvent {
  const { model, version, digest, action, alias } = change;
  const what = alias === undefined ? [version, digest, action] : [alias, String(told.movesOf(model, alias))];
  const event = createEvent({ type: TYPE.type, source: "/registry", subject: model, data: change });
  return signEvent({ ...event, id: uuidOf(JSON.stringify([TYPE.type, model, ...what])) }, key);
}

async function findChanges(
  told: KnownModels,
  models: Models,
): Promise<{ changes: ModelChange[]; unread: UnreadVersion[] }> {
  const changes: ModelChange[] = [];
  const unread: UnreadVersion[] = [];
  const inventory = await readInventory(told, models);
  const names = new Set([...inventory.keys(), ...told.versions.keys()]);
  for (const model of names) {
    const before = told.versions.get(model) ?? new Map<string, string>();
    const now = inventory.get(model) ?? { versions: new Map(), aliases: new Map(), failed: new Map() };
    const digests = new Map(before);
    const change = (part: Omit<ModelChange, "model" | "by">) => void changes.push({ model, ...part, by: "registry" });
    for (const [version, digest] of now.versions) {
      if (before.has(version)) continue;
      const found = digest === null ? await digestOf(models, `${model}@${version}`) : { digest };
      if ("reason" in found) {
        unread.push({ model: `${model}@${version}`, reason: found.reason });
        continue;
      }
      digests.set(version, found.digest);
      change({ version, digest: found.digest, action: "created" });
    }
    for (const part of aliasChanges(told.aliases.get(model) ?? new Map(), now, digests)) change(part);
    for (const [version, digest] of before) {
      if (!now.versions.has(version)) change({ version, digest, action: "deleted" });
    }
  }
  return { changes, unread };
}

/** What seems to be gone is looked for again: a deletion between two pages of a listing may hide what is there. */
async function readInventory(told: KnownModels, models: Models): Promise<Map<string, ModelInventory>> {
  const first = await models.inventory();
  const isThere = ([model, versions]: [string, Map<string, unknown>]) =>
    [...versions.keys()].every((version) => first.get(model)?.versions.has(version));
  if ([...told.versions].every(isThere)) return first;
  const second = await models.inventory();
  for (const [model, before] of first) {
    const now = second.get(model);
    if (now) { for (const [version, digest] of before.versions) now.versions.set(version, digest); }
    else second.set(model, before);
  }
  return second;
}

function aliasChanges(
  before: ReadonlyMap<string, string>,
  { aliases }: ModelInventory,
  digests: ReadonlyMap<string, string>,
): Omit<ModelChange, "model" | "by">[] {
  const moved = [...aliases].flatMap(([alias, version]) => {
    const [digest, previous] = [digests.get(version), before.get(alias)];
    if (previous === version || digest === undefined) return [];
    return [{ version, digest, action: "alias" as const, alias, ...(previous === undefined ? {} : { previous }) }];
  });
  const gone = [...before].flatMap(([alias, version]) => {
    const digest = digests.get(version);
    return aliases.has(alias) || digest === undefined ? [] : [{ version, digest, action: "deleted" as const, alias }];
  });
  return [...moved, ...gone];
}

/** Of a version that others logged nobody has noted the digest. */
async function digestOf(models: Models, ref: string): Promise<{ digest: string } | { reason: string }> {
  try {
    return { digest: (await models.get(ref)).digest };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** What all events on the topic amount to. */
class Fold implements KnownModels {
  readonly versions = new Map<string, Map<string, string>>();
  readonly aliases = new Map<string, Map<string, string>>();
  readonly moves = new Map<string, Map<string, string[]>>();
  readonly #seen = new Set<string>();
  #offset: number | null = null;

  constructor(readonly key: string) {}

  movesOf(model: string, alias: string): number {
    return this.moves.get(model)?.get(alias)?.length ?? 0;
  }

  async advance(bus: Bus): Promise<void> {
    const position = (await bus.positions(TYPE.topic))[0]!;
    this.#offset = Math.max(this.#offset ?? 0, position.low);
    if (this.#offset >= position.high) return;
    for await (const batch of bus.read(TYPE.topic, 0, this.#offset, { to: position.high })) {
      for (const { value } of batch.records()) this.#take(value);
    }
    this.#offset = position.high;
  }

  #take(value: unknown): void {
    const event = asEvent(value);
    if (!event || event.type !== TYPE.type || !verifyEvent(event, this.key) || this.#seen.has(event.id)) return;
    this.#seen.add(event.id);
    const { model, version, digest, action, alias } = event.data as ModelChange;
    if (alias !== undefined) {
      const moves = ownMap(this.moves, model);
      moves.set(alias, [...moves.get(alias) ?? [], version]);
      if (action === "deleted") this.aliases.get(model)?.delete(alias);
      else ownMap(this.aliases, model).set(alias, version);
    } else if (action === "deleted") this.versions.get(model)?.delete(version);
    else ownMap(this.versions, model).set(version, digest);
  }
}

function asEvent(value: unknown): CloudEvent | null {
  try {
    return parseEvent(value);
  } catch (error) {
    // The topic is reserved, but a bus of others may hold anything.
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function ownMap<T>(maps: Map<string, Map<string, T>>, name: string): Map<string, T> {
  const known = maps.get(name) ?? new Map<string, T>();
  maps.set(name, known);
  return known;
}
