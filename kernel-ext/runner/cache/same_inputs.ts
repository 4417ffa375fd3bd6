import { canonicalJson } from "../../../lib/events/mod.ts";
import type { DerivedPin, InputRead, Pin, RawPin } from "../../../lib/lake/mod.ts";
import { type CellRun, type Input, type InputNow, type InputsNow, judgeInput } from "../../../lib/notebook/mod.ts";

/** Who knows how inputs stand in this run. */
export interface InputsKnown {
  /** What cells have done in this run, those that were kept from an earlier one left out. */
  runs: Iterable<CellRun>;
  /** The snapshot that its cells read. */
  pin: Pin | undefined;
  /** Tells what there is now. */
  now: InputsNow | undefined;
}

/**
 * Tells whether a cell would read the same again in this run: a cell above has read the same, the run is pinned to it,
 * or it is what there is now. What cannot be told is not the same.
 *
 * @param inputs What the cell read.
 * @param known Who knows.
 * @returns Whether all are the same.
 */
export async function areSame(inputs: readonly InputRead[], known: InputsKnown): Promise<boolean> {
  const runs = [...known.runs];
  const written = new Set(runs.flatMap(({ writes = [] }) => writes.map((one) => "table" in one ? one.table : "")));
  const reads = runs.flatMap((run) => run.inputs);
  for (const input of inputs) {
    if ("table" in input && written.has(input.name.replace(/@.*/s, ""))) return false;
    const others = reads.filter(({ name }) => name === input.name);
    if (others.some((other) => canonicalJson(other) !== canonicalJson(input))) return false;
    if (others.length === 0 && !await isSame(input, known)) return false;
  }
  return true;
}

async function isSame({ name, ...input }: InputRead, { pin, now }: InputsKnown): Promise<boolean> {
  const pinned = "table" in input && pin && Object.hasOwn(pin.tables, name) ? pin.tables[name]! : null;
  if (pinned && isRaw(pinned)) {
    // Rows below the ends of a topic are the same at any later time.
    return "ends" in input && pinned.incarnation === input.incarnation && sameEnds(pinned.ends, input.ends);
  }
  if (!now) return false;
  const found = await now(name, input);
  if ("table" in input && "digest" in input && !isThere(input, found)) return false;
  if (pinned) return isVersion(input, pinned.version);
  const { verdict } = judgeInput(name, input, found, { warnMs: 1, failMs: 1 });
  return verdict === "current" && (name.includes("@") || isNewest(input, found));
}

function isRaw(pin: RawPin | DerivedPin): pin is RawPin {
  return "ends" in pin;
}

function isVersion(input: Input, version: number): boolean {
  return "table" in input && "version" in input && input.version === version;
}

/** Whether the version that was read still is what it was. */
function isThere({ table, digest }: { table: string; digest: string }, now: InputNow): boolean {
  return "readDigest" in now && now.table === table && now.readDigest === digest;
}

/** A later version with the same rows is another one on record, and so is a topic's table once it is in the lake. */
function isNewest(input: Input, now: InputNow): boolean {
  if ("ends" in input) return "ends" in now && now.rows === input.rows && now.table === input.table;
  return "version" in now && "version" in input && now.version === input.version;
}

function sameEnds(a: Record<string, number>, b: Record<string, number>): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
