import { numberText } from "./number_text.ts";
import type { DerivedTableInput, Input, ModelInput, RawTableInput } from "./provenance.ts";
import type { InputsVerdict } from "./verdicts.ts";

/** What there is now where something was read. */
export type InputNow = RawTableNow | DerivedTableNow | ModelNow | UnknownNow;

/** A raw table as it is now. */
export interface RawTableNow extends RawTableInput {
  /** Bus time of the newest record that was read, milliseconds since 1970; null when none was. */
  readMs: number | null;
  /** Bus time of the newest record, milliseconds since 1970; null when there is none. */
  newestMs: number | null;
}

/** A derived table as it is now. */
export interface DerivedTableNow extends DerivedTableInput {
  /** Digest of the version that was read, as it is now; null when it is gone. */
  readDigest: string | null;
  /** Whether all versions since then hold the same rows, as they only laid files out anew; false unless given. */
  sameRows?: boolean;
}

/** What a reference to a model names now. */
export type ModelNow = ModelInput;

/** Nobody could be asked. */
export interface UnknownNow {
  /** Why. */
  unknown: string;
}

/** Tells what there is now of an input, by its name and as it was read; does not reject. */
export type InputsNow = (name: string, input: Input) => Promise<InputNow>;

/** How far an input may be behind. */
export interface Freshness {
  /** From this age on it is a warning, milliseconds of bus time. */
  warnMs: number;
  /** From this age on it fails, milliseconds of bus time. */
  failMs: number;
}

/** An input, judged. */
export interface JudgedInput {
  /** How it stands. */
  verdict: InputsVerdict;
  /** What was found, such as "flights, 2001-05-31 → 2001-06-30, 30 days behind". */
  text: string;
}

/**
 * Judges an input against what there is now. The age of a raw table is the bus time of its newest record less that of
 * the newest one read; what was read at a version or as of a time does not age.
 *
 * @param name How the notebook calls it.
 * @param was What was read.
 * @param now What is there.
 * @param freshness How far it may be behind.
 * @returns The verdict, and what was found.
 *
 * @example
 * ```ts
 * import { judgeInput } from "./input_now.ts";
 *
 * const was = { table: "t", version: 3, digest: "a" };
 * const now = { table: "t", version: 4, digest: "b", readDigest: "a" };
 * const { verdict, text } = judgeInput("routes", was, now, { warnMs: 1, failMs: 2 });
 * console.assert(verdict === "moved" && text === "routes, version 3 → 4");
 * ```
 */
export function judgeInput(name: string, was: Input, now: InputNow, freshness: Freshness): JudgedInput {
  if ("unknown" in now) return { verdict: "unknown", text: `${name}: ${now.unknown}` };
  if ("model" in was) return "model" in now ? judgeModel(name, was, now) : otherKind(name);
  const fixed = FIXED.test(name);
  if ("ends" in was) return "ends" in now ? judgeRaw(name, was, now, { ...freshness, fixed }) : otherKind(name);
  return "readDigest" in now ? judgeDerived(name, was, now, fixed) : otherKind(name);
}

function otherKind(name: string): JudgedInput {
  return { verdict: "moved", text: `${name} is another kind of input now` };
}

function judgeModel(name: string, was: ModelInput, now: ModelInput): JudgedInput {
  if (was.version !== now.version) {
    return { verdict: "moved", text: `${name}, version ${was.version} → ${now.version}` };
  }
  if (was.digest === now.digest) return { verdict: "current", text: name };
  return { verdict: "moved", text: `${name} was logged anew: version ${now.version} has other content` };
}

function judgeDerived(name: string, was: DerivedTableInput, now: DerivedTableNow, fixed: boolean): JudgedInput {
  if (was.table !== now.table) return { verdict: "moved", text: `${name} was made anew: it is another table` };
  if (now.readDigest !== null && now.readDigest !== was.digest) {
    return { verdict: "moved", text: `${name} was made anew: version ${was.version} has other files` };
  }
  if (fixed || was.version === now.version || now.sameRows) return { verdict: "current", text: name };
  return { verdict: "moved", text: `${name}, version ${was.version} → ${now.version}` };
}

function judgeRaw(
  name: string,
  was: RawTableInput,
  now: RawTableNow,
  { warnMs, failMs, fixed }: Freshness & { fixed: boolean },
): JudgedInput {
  if (was.incarnation !== now.incarnation) {
    return { verdict: "moved", text: `${name} was made anew: its topic is another one` };
  }
  const short = Object.entries(was.ends).find(([partition, end]) => (now.ends[partition] ?? 0) < end);
  if (short && !fixed) {
    const [partition, end] = short;
    const found = `partition ${partition} ends at ${now.ends[partition] ?? 0}, and ended at ${end}`;
    return { verdict: "moved", text: `${name} was set back: ${found}` };
  }
  const isNewer = Object.entries(now.ends).some(([partition, end]) => end > (was.ends[partition] ?? 0));
  if (fixed || !isNewer) return { verdict: "current", text: name };
  const ageMs = now.readMs === null || now.newestMs === null ? 0 : Math.max(0, now.newestMs - now.readMs);
  const verdict = ageMs >= failMs ? "fail" : ageMs >= warnMs ? "warn" : "moved";
  return { verdict, text: `${name}, ${spanText(was, now)}${ageMs > 0 ? `, ${ageText(ageMs)} behind` : ""}` };
}

/** From and to by event time where events have one and it moved, else by bus time, else by rows. */
function spanText(was: RawTableInput, now: RawTableNow): string {
  const [from, to] = [was.until && Date.parse(was.until), now.until && Date.parse(now.until)];
  if (from && to && from !== to) return datesText(from, to);
  if (now.readMs !== null && now.newestMs !== null && now.readMs !== now.newestMs) {
    return datesText(now.readMs, now.newestMs);
  }
  return `${rowsText(was.rows)} → ${rowsText(now.rows)}`;
}

/** As short as tells the two apart: "2001-05-31 → 2001-06-30", "2001-05-31 10:00 → 12:30". */
function datesText(fromMs: number, toMs: number): string {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(ms).toISOString().split("T")) as [string[], string[]];
  if (from[0] !== to[0]) return `${from[0]} → ${to[0]}`;
  const times = [from, to].map((parts) => parts[1]!);
  const minutes = times.map((time) => time.slice(0, 5));
  const clock = minutes[0] === minutes[1] ? times.map((time) => time.slice(0, 12)) : minutes;
  return `${from[0]} ${clock.join(" → ")}`;
}

function ageText(ms: number): string {
  const [size, unit] = UNITS.find(([size]) => ms >= size) ?? [1, "ms"];
  const count = Math.floor(ms / size);
  return unit === "ms" ? `${count} ms` : `${numberText(count)} ${unit}${count === 1 ? "" : "s"}`;
}

function rowsText(rows: number): string {
  return `${numberText(rows)} ${rows === 1 ? "row" : "rows"}`;
}

/** At a version or as of a time. */
const FIXED = /@(\d{1,15}|\d{4}-\d\d-\d\dT[\d:.]+Z)$/;
const UNITS: readonly (readonly [ms: number, unit: string])[] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];
