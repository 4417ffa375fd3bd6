import type { Bus } from "../bus/mod.ts";
import type { Control } from "../control/mod.ts";
import { proposeModel } from "../endpoints/mod.ts";
import type { Store } from "../store/mod.ts";
import { alertOnce, type ModelAlert } from "./alert_once.ts";
import type { KnownModels } from "./model_events.ts";

/** Something that answers from a version which an alias named before it moved. */
export interface AliasMoved {
  /** `NAME@ALIAS`. */
  alias: string;
  /** The version that the alias names now. */
  version: string;
  /** What answers from another one: `endpoint NAME`, or `model NAME` where it is promoted by itself. */
  user: string;
  /** What is proposed, a phrase each; traffic is as before. */
  changes: string[];
}

/** What telling needs. */
export interface AliasWatchParts {
  /** The bus. */
  bus: Bus;
  /** Where revisions are stored. */
  store: Store;
  /** The control topic. */
  control: Control;
  /** Key that signs reserved events. */
  key: string;
  /** Whose a model is, for alerts; null = nobody's. */
  ownerOf(model: string): ModelAlert["product"] | null;
  /** What this process has told: written to. The bus takes each alert once, whoever tells it. */
  told: Set<string>;
}

interface Move {
  model: string;
  alias: string;
  /** How often it moved. */
  count: number;
  to: { name: string; version: string; digest: string };
  /** Versions that it named before, the present one left out. */
  before: string[];
}

/**
 * Tells of aliases that moved away from versions in use: an alert for each endpoint or promoted model, once for each
 * move, and for endpoints a proposed revision. It looks at where each alias is now, so that a crash loses nothing and
 * an alias that came back is no matter.
 *
 * @param known what the topic `model` says
 * @param parts bus, store, control topic, key
 * @returns what answers from a version that an alias left behind, as far as it was not told
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { tellMovedAliases } from "./alias_moves.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * const store = await openStore({ kind: "directory", dir });
 * const known = { versions: new Map(), aliases: new Map(), moves: new Map() };
 * const found = await tellMovedAliases(known, { bus, store, control, key: "secret", ownerOf: () => null, told: new Set() });
 * if (found.length !== 0) throw new Error("unexpected");
 * ```
 */
export async function tellMovedAliases(known: KnownModels, parts: AliasWatchParts): Promise<AliasMoved[]> {
  const found: AliasMoved[] = [];
  for (const move of movesOf(known)) {
    const told = [...await tellEndpoints(move, parts), ...await tellPromoted(move, parts)];
    for (const { alert, moved } of told) {
      if (parts.told.has(alert.rule)) continue;
      await alertOnce(parts, alert);
      parts.told.add(alert.rule);
      found.push(moved);
    }
  }
  return found;
}

interface Told {
  alert: ModelAlert;
  moved: AliasMoved;
}

function movesOf({ versions, aliases, moves }: KnownModels): Move[] {
  return [...aliases].flatMap(([model, named]) =>
    [...named].flatMap(([alias, version]) => {
      const all = moves.get(model)?.get(alias) ?? [];
      const before = [...new Set(all)].filter((one) => one !== version);
      const digest = versions.get(model)?.get(version);
      if (before.length === 0 || digest === undefined) return [];
      return [{ model, alias, count: all.length, to: { name: model, version, digest }, before }];
    })
  );
}

async function tellEndpoints(move: Move, parts: AliasWatchParts): Promise<Told[]> {
  const why = `alias ${labelOf(move)} names version ${move.to.version} now`;
  const replacement = { model: move.to, replaces: move.before };
  const proposed = await proposeModel(replacement, parts, { by: "registry", why });
  return proposed.map(({ endpoint, active: { revision, spec: { owner, businessCase, tasks } }, changes }) => {
    const user = `endpoint ${endpoint}`;
    const runbook =
      `${why}; ${user} answers as before. Proposed is ${changes.join(", ")}: see "boathouse endpoint show ` +
      `${endpoint}", evaluate the version, and apply a file that names it.`;
    const product = { owner, businessCase, tasks };
    return {
      alert: { ...alertOf(move, user), endpoint, revision, product, runbook },
      moved: { ...toldOf(move), user, changes },
    };
  });
}

async function tellPromoted(move: Move, { control, ownerOf }: AliasWatchParts): Promise<Told[]> {
  const { model, to: { version } } = move, { models } = await control.state();
  const promoted = Object.hasOwn(models, model) ? models[model]! : null;
  if (promoted === null || !move.before.includes(promoted.version)) return [];
  const user = `model ${model}`;
  const nobody = { owner: promoted.by, businessCase: "no product evaluates this model", tasks: [] };
  const runbook = `Alias ${labelOf(move)} names version ${version} now; /v2/models/${model} answers from version ` +
    `${promoted.version} as before. Where it should not, run "boathouse promote model:${model}@${version}".`;
  return [{
    alert: { ...alertOf(move, user), product: ownerOf(model) ?? nobody, runbook },
    moved: { ...toldOf(move), user, changes: [] },
  }];
}

function alertOf(move: Move, user: string): Pick<ModelAlert, "alert" | "rule" | "value" | "threshold" | "query"> {
  return {
    alert: "alias-moved",
    rule: `${labelOf(move)} to ${move.to.version}, move ${move.count}: ${user}`,
    value: move.count,
    threshold: 1,
    query: `SELECT * FROM model WHERE model = '${move.model.replaceAll("'", "''")}'`,
  };
}

function toldOf(move: Move): Pick<AliasMoved, "alias" | "version"> {
  return { alias: labelOf(move), version: move.to.version };
}

function labelOf({ model, alias }: Move): string {
  return `${model}@${alias}`;
}
