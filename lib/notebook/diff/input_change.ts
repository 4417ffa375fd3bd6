import { numberText } from "../number_text.ts";
import type { Input } from "../provenance.ts";
import { keyOf } from "./_key_of.ts";

/** Something that a notebook reads, and what of it. */
export interface InputChange {
  /** Whether it is read on one side only. */
  state: "added" | "removed" | "changed";
  /** Name under which the notebook reads it. */
  name: string;
  /** What it was; null where it was not read. */
  old: Input | null;
  /** What it is; null where it is no longer read. */
  new: Input | null;
  /** Rows more than before, of a topic's table on both sides. */
  rows?: number;
  /** In words: `flights until 2001-05-31 → 2001-06-30, +41,000 rows`. */
  text: string;
}

/** Compares what two runs of a notebook read. */
export function diffInputs(was: Record<string, Input>, now: Record<string, Input>): InputChange[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(was)])].sort();
  const own = (record: Record<string, Input>, name: string) => Object.hasOwn(record, name) ? record[name]! : null;
  return names.flatMap((name) => diffInput(name, own(was, name), own(now, name)) ?? []);
}

function diffInput(name: string, was: Input | null, now: Input | null): InputChange | null {
  if (keyOf(was) === keyOf(now)) return null;
  if (!was) return { state: "added", name, old: null, new: now, text: `now also ${inputText(name, now!)}` };
  if (!now) return { state: "removed", name, old: was, new: null, text: `no longer ${inputText(name, was)}` };
  const rows = "rows" in was && "rows" in now ? { rows: now.rows - was.rows } : {};
  return { state: "changed", name, old: was, new: now, ...rows, text: changeText(name, was, now) };
}

/** What an input is, in words: `flights until 2001-05-31, 416,295 rows`. */
export function inputText(name: string, input: Input): string {
  if ("model" in input) return `model ${input.model} ${input.version}`;
  if ("version" in input) return `${name} version ${input.version}`;
  return `${name} ${rangeText(input)}, ${rowsText(input.rows)}`;
}

function changeText(name: string, was: Input, now: Input): string {
  if ("model" in was && "model" in now) {
    const [a, b] = [`${was.model} ${was.version}`, `${now.model} ${now.version}`];
    return a === b ? `model ${a} with other contents` : `model ${a} → ${b}`;
  }
  if ("digest" in was && "digest" in now && !("model" in was) && !("model" in now)) {
    return was.version === now.version
      ? `${name} version ${was.version} with other contents`
      : `${name} version ${was.version} → ${now.version}`;
  }
  if (!("rows" in was && "rows" in now)) return `${inputText(name, was)} → ${inputText(name, now)}`;
  const more = now.rows - was.rows;
  const rows = more === 0 ? "as many rows" : `${more > 0 ? "+" : "−"}${rowsText(Math.abs(more))}`;
  const again = was.incarnation === now.incarnation ? "" : ", of a topic that was made anew";
  return `${name} ${rangeChange(was, now)}, ${rows}${again}`;
}

type Raw = Extract<Input, { rows: number }>;

function rangeText({ until, ends }: Raw): string {
  if (until !== undefined) return `until ${dayText(until)}`;
  const offsets = Object.entries(ends).map(([partition, end]) => `${partition}: ${numberText(end)}`);
  return `up to offsets ${offsets.join(" / ")}`;
}

function rangeChange(was: Raw, now: Raw): string {
  const [a, b] = [rangeText(was), rangeText(now)];
  if (was.until === undefined || now.until === undefined) {
    return a === b ? a : `${a} → ${b.replace(/^up to offsets /, "")}`;
  }
  if (a === b) return was.until === now.until ? a : `until ${minuteText(was.until)} → ${minuteText(now.until)}`;
  return `until ${dayText(was.until)} → ${dayText(now.until)}`;
}

function minuteText(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

/** `2001-05-31`; a text that is no time stays. */
function dayText(time: string): string {
  return /^\d{4}-\d\d-\d\d(?=T|$)/.exec(time)?.[0] ?? time;
}

function rowsText(rows: number): string {
  return `${numberText(rows)} ${rows === 1 ? "row" : "rows"}`;
}
