import {
  create,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  inspect,
  isArray,
  keys,
  targetOf,
} from "./primordials.ts";

/**
 * Shows a value as Deno does, but of one that has names without end only the first. Deno bounds arrays, maps, sets and
 * texts by itself. Getters are not called, nor the traps of proxies.
 *
 * @param value Any value.
 */
export function valueText(value: unknown): string {
  const target = targetOf(value);
  const names = namesOf(target);
  if (names && names.length > MOST_NAMES) return firstNames(target as object, names);
  if (!isWide(target, { left: MOST_NAMES }, LEVELS)) return inspect(value, { colors: false });
  const text = inspect(value, { colors: false, depth: 0 });
  return `${text}\n… deeper levels are not shown, as they have more than ${MOST_NAMES.toLocaleString("en")} names`;
}

/** Names that are shown in all, on all levels. */
const MOST_NAMES = 50_000;
/** Names that are shown of an object that has more than that. */
const FIRST_NAMES = 100;
/** Levels below the first that Deno shows. */
const LEVELS = 4;
/** Items of an array that Deno shows. */
const FIRST_ITEMS = 100;

function isWide(value: unknown, budget: { left: number }, levels: number): boolean {
  const names = namesOf(value);
  if (!names) return false;
  if ((budget.left -= names.length) < 0) return true;
  if (levels === 0) return false;
  for (let at = 0; at < names.length; at++) {
    const item = getOwnPropertyDescriptor(value as object, names[at]!)?.value;
    if (isWide(targetOf(item), budget, levels - 1)) return true;
  }
  return false;
}

/** The names under which a value shows others; null where it shows none, or not by name. */
function namesOf(value: unknown): readonly string[] | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || isView(value)) return null;
  if (!isArray(value)) return keys(value);
  const indices: string[] = [];
  for (let at = 0; at < value.length && at < FIRST_ITEMS; at++) indices[at] = toText(at);
  return indices;
}

const { isView } = ArrayBuffer;
const toText = String;

function firstNames(value: object, names: readonly string[]): string {
  const first = create(getPrototypeOf(value)) as object;
  for (let at = 0; at < FIRST_NAMES; at++) {
    const name = names[at]!;
    defineProperty(first, name, getOwnPropertyDescriptor(value, name)!);
  }
  const left = (names.length - FIRST_NAMES).toLocaleString("en");
  return `${inspect(first, { colors: false, depth: 0 })}\n… ${left} more names are not shown`;
}
