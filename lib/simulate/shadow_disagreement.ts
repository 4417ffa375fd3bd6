import type { Json } from "../events/mod.ts";
import { hasTable, type Lake } from "../lake/mod.ts";
import { type Estimate, estimateShare } from "../stats/mod.ts";
import { changesOf } from "./changes.ts";

/** Which shadow calls count. */
export interface ShadowQuestion {
  /** Name of the endpoint. */
  endpoint: string;
  /** Digest of the revision that answered. */
  revision: string;
  /** Smallest difference of an output field that counts as changed. */
  changed?: Readonly<Record<string, number>> | undefined;
  /** Newest shadow calls that are compared at most. @default 100_000 */
  atMost?: number;
}

/** How often a shadow answers otherwise than what was answered. */
export interface ShadowDisagreement {
  /** `name@hash` of the shadow. */
  function: string;
  /** Its models, `version#digest` by name. */
  models: Record<string, string>;
  /** True where the answers are of the same function and models: how often it disagrees with itself. */
  isNoiseFloor: boolean;
  /** Answers that it was compared with. */
  n: number;
  /** Those of them that differ. */
  differing: number;
  /** Share of those that differ, with its 95 % interval (Wilson). */
  share: Estimate;
  /** Calls without an answer, which are compared with nothing. */
  errors: number;
}

const PAIRS = `SELECT shadow.output::VARCHAR AS output, answer.output::VARCHAR AS answered, shadow.status AS status,
    shadow.function AS function, shadow.models::VARCHAR AS models, answer.models::VARCHAR AS "answerModels",
    list_last(answer.path).function AS "answerFunction"
  FROM inference AS shadow JOIN inference AS answer ON answer.decision = shadow.seed AND NOT answer.shadow
  WHERE shadow.shadow AND shadow.endpoint = $1 AND shadow.revision = $2
  ORDER BY shadow._event_time DESC, shadow.decision LIMIT $3`;

interface Pair {
  output: string | null;
  answered: string | null;
  status: string;
  function: string;
  models: string;
  answerModels: string;
  answerFunction: string | null;
}

/**
 * Tells how often the shadows of a revision disagree with its answers, from the lake, by the endpoint's `changed`. A shadow
 * of the function and models that answered is the noise floor: what it disagrees in is no effect of a version.
 *
 * @param lake the lake
 * @param question endpoint, revision, thresholds
 * @returns one entry per shadow function and models, apart for answers of the same ones; none where nothing is recorded
 * @example
 * ```ts
 * import { openLake } from "../lake/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { shadowDisagreement } from "./shadow_disagreement.ts";
 * await using lake = await openLake({ store: await openStore({ kind: "directory", dir: Deno.makeTempDirSync() }) });
 * const found = await shadowDisagreement(lake, { endpoint: "flight-delay", revision: "0".repeat(64) });
 * if (found.length !== 0) throw new Error("unexpected");
 * ```
 */
export async function shadowDisagreement(
  lake: Lake,
  { endpoint, revision, changed = {}, atMost = 100_000 }: ShadowQuestion,
): Promise<ShadowDisagreement[]> {
  if (!await hasTable(lake, "inference")) return [];
  const found = new Map<string, Omit<ShadowDisagreement, "share">>();
  for (const pair of (await lake.query<Pair>(PAIRS, [endpoint, revision, atMost])).rows()) {
    const isNoiseFloor = isSame(pair), key = [pair.function, pair.models, isNoiseFloor].join();
    const { n, differing, errors } = found.get(key) ?? { n: 0, differing: 0, errors: 0 };
    const isError = pair.status === "error";
    const differs = !isError && changesOf(jsonOf(pair.answered), jsonOf(pair.output), changed).length > 0;
    found.set(key, {
      function: pair.function,
      models: JSON.parse(pair.models),
      isNoiseFloor,
      n: n + Number(!isError),
      differing: differing + Number(differs),
      errors: errors + Number(isError),
    });
  }
  return [...found].toSorted(([one], [other]) => one < other ? -1 : 1)
    .map(([, { errors, ...rest }]) => ({ ...rest, share: estimateShare(rest.differing, rest.n), errors }));
}

function jsonOf(text: string | null): Json | undefined {
  return text === null ? undefined : JSON.parse(text);
}

// The last step of a path is the one that answered; a plan that combines answers has no function of its own.
function isSame({ function: name, models, answerFunction, answerModels }: Pair): boolean {
  const answering = JSON.parse(answerModels) as Record<string, string>;
  return name === answerFunction &&
    Object.entries(JSON.parse(models) as Record<string, string>).every(([model, version]) =>
      answering[model] === version
    );
}
