import { types } from "node:util";
import {
  apply,
  create,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  inspect,
  isArray,
  keys,
  resultOf,
  targetOf,
} from "./primordials.ts";

/**
 * Shows a value as Deno does, but of one that has names or levels without end only the first. Getters are not called, nor
 * the traps of proxies.
 *
 * @param value Any value.
 */
export function valueText(value: unknown): string {
  return cutText(wideText(value) ?? inspect(value, { colors: false }));
}

/**
 * Shows a value that is too large to be shown in all.
 *
 * @param value Any value.
 * @returns What is shown of it, and what is not; null where it is not too large.
 */
export function wideText(value: unknown): string | null {
  const target = targetOf(value);
  const names = namesOf(target);
  if (names && names.length > MOST_NAMES) return firstNames(target as object, names);
  if (!isWide(target, { left: MOST_NAMES }, LEVELS)) return null;
  const text = inspect(value, { colors: false, depth: 0 });
  return `${text}\n… deeper levels are not shown, as they have more than ${MOST_NAMES.toLocaleString("en")} names`;
}

/** Names that are shown in all, on all levels. */
const MOST_NAMES = 50_000;
/** Names that are shown of an object that has more than that. */
const FIRST_NAMES = 100;
/** Levels below the first that Deno shows. */
const LEVELS = 4;
/** Items of an array, a map or a set that Deno shows. */
const FIRST_ITEMS = 100;
/** Characters of the text of a value. */
const MOST_CHARS = 2_000_000;
/** Characters that count as much as a name. */
const NAME_CHARS = 100;
/** Characters of a text within a value that Deno shows. */
const TEXT_CHARS = 10_000;

function isWide(value: unknown, budget: { left: number }, levels: number): boolean {
  if (typeof value === "string") return (budget.left -= Math.min(value.length, TEXT_CHARS) / NAME_CHARS) < 0;
  const names = namesOf(value);
  if (!names || showsItself(value as object)) return false;
  if ((budget.left -= names.length) < 0) return true;
  if (levels === 0) return false;
  for (let at = 0; at < names.length; at++) {
    const item = getOwnPropertyDescriptor(value as object, names[at]!)?.value;
    if (isWide(targetOf(item), budget, levels - 1)) return true;
  }
  const items = itemsOf(value as object);
  if ((budget.left -= items.length) < 0) return true;
  for (let at = 0; at < items.length; at++) {
    if (isWide(targetOf(items[at]), budget, levels - 1)) return true;
  }
  return false;
}

/** The names under which a value shows others; null where it shows none, or not by name. */
function namesOf(value: unknown): readonly PropertyKey[] | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || isView(value)) return null;
  if (isArray(value)) return firstIndices(value.length);
  const names: PropertyKey[] = keys(value);
  const symbols = getOwnPropertySymbols(value);
  for (let at = 0; at < symbols.length; at++) put(names, symbols[at]!);
  if (isNativeError(value) && getOwnPropertyDescriptor(value, "cause")) put(names, "cause");
  return names;
}

/** What a value shows that has no name: keys and values of a map, items of a set, the value of a promise. */
function itemsOf(value: object): readonly unknown[] {
  if (isPromise(value)) return [resultOf(value)];
  if (isMap(value)) return firstOf(apply(mapEntries, value, []), mapNext);
  return isSet(value) ? firstOf(apply(setEntries, value, []), setNext) : [];
}

/** Both halves of each of the first entries. */
function firstOf(entries: unknown, next: () => IteratorResult<[unknown, unknown]>): unknown[] {
  const items: unknown[] = [];
  for (let at = 0; at < FIRST_ITEMS; at++) {
    const { done, value } = apply(next, entries, []) as IteratorResult<[unknown, unknown]>;
    if (done) break;
    put(items, value[0]);
    put(items, value[1]);
  }
  return items;
}

/** Whether a value's own method decides what is shown of it. */
function showsItself(value: object): boolean {
  for (let at: object | null = value; at; at = targetOf(getPrototypeOf(at)) as object | null) {
    for (let index = 0; index < INSPECTORS.length; index++) {
      if (getOwnPropertyDescriptor(at, INSPECTORS[index]!)) return true;
    }
  }
  return false;
}

const INSPECTORS = [Symbol.for("Deno.customInspect"), Symbol.for("nodejs.util.inspect.custom")];
const { isView } = ArrayBuffer;
const { isMap, isNativeError, isPromise, isSet } = types;
const { getOwnPropertySymbols } = Object;
const { entries: mapEntries } = Map.prototype;
const { next: mapNext } = getPrototypeOf(new Map().entries());
const { entries: setEntries } = Set.prototype;
const { next: setNext } = getPrototypeOf(new Set().entries());
const toText = String;

/** Past setters that cells may have given all arrays. */
function put<T>(list: T[], value: T): void {
  const item = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  defineProperty(list, list.length, item as PropertyDescriptor);
}

function firstIndices(length: number): string[] {
  const indices: string[] = [];
  for (let at = 0; at < length && at < FIRST_ITEMS; at++) put(indices, toText(at));
  return indices;
}

function firstNames(value: object, names: readonly PropertyKey[]): string {
  const first = create(getPrototypeOf(value)) as object;
  for (let at = 0; at < FIRST_NAMES; at++) {
    const name = names[at]!;
    defineProperty(first, name, getOwnPropertyDescriptor(value, name)!);
  }
  const left = (names.length - FIRST_NAMES).toLocaleString("en");
  return `${inspect(first, { colors: false, depth: 0 })}\n… ${left} more names are not shown`;
}

function cutText(text: string): string {
  if (text.length <= MOST_CHARS) return text;
  return `${text.slice(0, MOST_CHARS)}… (${(text.length - MOST_CHARS).toLocaleString("en")} more characters)`;
}
