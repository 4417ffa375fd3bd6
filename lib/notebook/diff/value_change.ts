import type { Json } from "../../events/json/mod.ts";
import { columnTexts, numberText } from "../number_text.ts";
import { shortTime } from "../_short_time.ts";
import { keyOf } from "./_key_of.ts";

/** A value by its name on both sides. */
export interface ValueChange {
  /** Name of the value: of a column, a parameter, an expression of a finding. */
  name: string;
  /** Its old value; absent where it is new. */
  old?: Json;
  /** Its new value; absent where it is gone. */
  new?: Json;
  /** New minus old, where both are numbers or texts of numbers. */
  delta?: number;
  /** The difference in per cent of the old value; absent where that is 0. */
  percent?: number;
}

/**
 * Compares two values.
 *
 * @param name Name of the value.
 * @param was Its old value; undefined where it is new.
 * @param now Its new value; undefined where it is gone.
 * @returns The change with its difference where both are numbers; null where they are equal.
 *
 * @example
 * ```ts
 * import { diffValue } from "./value_change.ts";
 *
 * console.assert(diffValue("rmse", 26.42, 26.3)?.delta === -0.12);
 * ```
 */
export function diffValue(name: string, was: Json | undefined, now: Json | undefined): ValueChange | null {
  if (was === now || (was !== undefined && now !== undefined && keyOf(was) === keyOf(now))) return null;
  const change: ValueChange = {
    name,
    ...was === undefined ? {} : { old: was },
    ...now === undefined ? {} : { new: now },
  };
  const [a, b] = [numberOf(was), numberOf(now)];
  if (a === null || b === null) return change;
  const delta = subtract(b, a);
  return { ...change, delta, ...a === 0 ? {} : { percent: Number((100 * delta / Math.abs(a)).toPrecision(6)) } };
}

/**
 * Compares what two records say.
 *
 * @param was The old record.
 * @param now The new record.
 * @returns Values that differ, in the order of the new record and then of the old one.
 *
 * @example
 * ```ts
 * import { diffRecord } from "./value_change.ts";
 *
 * console.assert(diffRecord({ a: 1, b: 2 }, { a: 1, b: 3 })[0]?.name === "b");
 * ```
 */
export function diffRecord(was: Record<string, Json>, now: Record<string, Json>): ValueChange[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(was)])];
  const own = (record: Record<string, Json>, name: string) => Object.hasOwn(record, name) ? record[name] : undefined;
  return names.flatMap((name) => diffValue(name, own(was, name), own(now, name)) ?? []);
}

/**
 * Writes both values for people.
 *
 * @param change The change.
 * @returns Such as `8.91 → 9.02`, with as many decimals on both sides and as many digits as tell the two apart; one
 *   value where they are equal.
 *
 * @example
 * ```ts
 * import { changeText } from "./value_change.ts";
 *
 * console.assert(changeText({ name: "n", old: 41000, new: 42000 }) === "41,000 → 42,000");
 * ```
 */
export function changeText(change: ValueChange): string {
  const pair = [change.old, change.new];
  const [was, now] = isNumbers(pair) ? columnTexts(pair) : pair.map(valueText);
  if (change.old === change.new) return now!;
  if (was !== now || change.old === undefined) return `${was} → ${now}`;
  return (isNumbers(pair) ? exactTexts(pair) : pair.map((value) => JSON.stringify(value))).join(" → ");
}

function isNumbers(pair: (Json | undefined)[]): pair is number[] {
  return pair.every((value) => typeof value === "number");
}

/** All digits, as many behind the point on both sides. */
function exactTexts(pair: number[]): string[] {
  const digits = Math.max(...pair.map(decimals));
  return pair.map((value) => digits > 15 ? String(value) : value.toFixed(digits));
}

/**
 * Writes the difference for people.
 *
 * @param change The change.
 * @returns Such as `+0.12, +1.3 %`; empty where the values are no numbers.
 *
 * @example
 * ```ts
 * import { deltaText } from "./value_change.ts";
 *
 * console.assert(deltaText({ name: "n", delta: -1, percent: -12.5 }) === "−1, −12.5 %");
 * ```
 */
export function deltaText({ delta, percent }: ValueChange): string {
  if (delta === undefined) return "";
  const share = percent === undefined ? "" : `, ${signed(Number(percent.toPrecision(3)))} %`;
  return `${signed(delta)}${share}`;
}

/**
 * Writes one value for people.
 *
 * @param value Any JSON; undefined where there is none.
 * @returns At most 120 characters, a time as `2001-05-31 10:00:00`; a dash where there is no value.
 *
 * @example
 * ```ts
 * import { valueText } from "./value_change.ts";
 *
 * console.assert(valueText(416295) === "416,295" && valueText(undefined) === "—");
 * ```
 */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return "—";
  if (typeof value === "number") return numberText(value);
  const text = typeof value === "string" ? shortTime(value) : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function signed(value: number): string {
  const text = numberText(Math.abs(value));
  return `${value < 0 ? "−" : "+"}${text === "0" && value !== 0 ? Math.abs(value).toPrecision(2) : text}`;
}

/** A number, or what `toFixed` and `toLocaleString` write. */
function numberOf(value: Json | undefined): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$/.test(value) || value.length > 40) {
    return null;
  }
  return Number(value.replaceAll(",", ""));
}

/** Without the digits that only binary arithmetic brings: 26.3 − 26.42 is −0.12. */
function subtract(a: number, b: number): number {
  const digits = Math.max(decimals(a), decimals(b));
  return digits > 15 ? a - b : Number((a - b).toFixed(digits));
}

function decimals(value: number): number {
  const [, fraction = "", exponent = "0"] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}
