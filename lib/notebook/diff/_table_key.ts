import type { Json } from "../../events/mod.ts";
import type { DataTable } from "./data_table.ts";
import { keyOf } from "./_key_of.ts";

/** More leading columns than this are no key. */
const MAX_COLUMNS = 4;

/**
 * Finds the columns that name a row: those that are asked for, those of the resource's `primaryKey`, else the shortest
 * run of leading columns of texts, whole numbers or truth values that tells all rows apart on both sides, else one
 * column of texts that does. Numbers by which at most half of the rows of the smaller side are found again are measures
 * and no names, unless they are asked for.
 */
export function findKey(
  was: DataTable,
  now: DataTable,
  asked: string | undefined,
): { key: string[] | null; note: string } {
  const shared = now.schema.fields.map(({ name }) => name)
    .filter((name) => was.schema.fields.some((field) => field.name === name));
  const wanted = asked?.split(",").map((name) => name.trim()).filter((name) => name !== "") ?? [];
  const note = wanted.length > 0 ? whyNot(wanted, shared, was, now) : "";
  const fits = (names: string[]) => names.length > 0 && whyNot(names, shared, was, now) === "";
  const said = [...note === "" ? [wanted] : [], now.schema.primaryKey ?? []].find(fits);
  const key = said ?? leading(shared, was, now).find((names) => fits(names) && namesRows(names, was, now));
  return { key: key ?? null, note };
}

function whyNot(names: string[], shared: string[], was: DataTable, now: DataTable): string {
  const missing = names.find((name) => !shared.includes(name));
  const refused = `key "${names.join(", ")}" is not used`;
  if (missing !== undefined) return `${refused}: column "${missing}" is not on both sides`;
  for (const [side, table] of [["old", was], ["new", now]] as const) {
    if (keysOf(table, names).size < table.data.length) return `${refused}: rows of the ${side} table share one`;
  }
  return "";
}

function keysOf({ data }: DataTable, names: string[]): Set<string> {
  return new Set(data.map((row) => keyOf(names.map((name) => row[name] ?? null))));
}

function namesRows(names: string[], was: DataTable, now: DataTable): boolean {
  if (names.some((name) => [was, now].every(({ data }) => data.every((row) => typeof row[name] === "string")))) {
    return true;
  }
  const least = Math.min(was.data.length, now.data.length) / 2;
  return least === 0 || keysOf(was, names).intersection(keysOf(now, names)).size > least;
}

function leading(shared: string[], was: DataTable, now: DataTable): string[][] {
  const all = (name: string, holds: (value: Json | undefined) => boolean) => {
    return [was, now].every(({ data }) => data.every((row) => holds(row[name])));
  };
  const end = shared.findIndex((name) => !all(name, isName));
  const run = shared.slice(0, Math.min(MAX_COLUMNS, end < 0 ? shared.length : end));
  const texts = shared.filter((name) => all(name, (value) => typeof value === "string"));
  return [...run.map((_, index) => run.slice(0, index + 1)), ...texts.map((name) => [name])];
}

function isName(value: Json | undefined): boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isInteger(value);
}
