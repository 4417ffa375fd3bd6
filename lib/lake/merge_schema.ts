import type { Field, FieldType } from "./field.ts";

const WHOLE = ["byte", "short", "integer", "long"];

/**
 * Adds the columns of new rows to a table's schema: by name without regard to case, never changing a type.
 *
 * @param current columns of the table
 * @param incoming columns of the rows
 * @param table name of the table, for errors
 * @returns `current` itself when nothing is new; else its columns, and behind them the new ones, nullable
 * @throws {TypeError} when a column of the rows does not fit into the column of that name
 * @example
 * ```ts
 * import { mergeSchema } from "./merge_schema.ts";
 * const long = { name: "delay", type: "long", nullable: true };
 * console.assert(mergeSchema([long], [{ ...long, type: "integer" }], "flights")[0]!.type === "long");
 * ```
 */
export function mergeSchema(current: Field[], incoming: readonly Field[], table: string): Field[] {
  return mergeFields(current, incoming, (path, expected, got) =>
    new TypeError(
      `Cannot append to "${table}" as column "${path}" must be ${typeText(expected)}: got ${
        typeText(got)
      }; cast it in SQL, or write to a new column`,
    ));
}

/**
 * Spells a Delta type for people.
 *
 * @param type Delta type
 * @returns for example `array<struct<x: long>>`
 * @example
 * ```ts
 * import { typeText } from "./merge_schema.ts";
 * console.assert(typeText({ type: "array", elementType: "long" }) === "array<long>");
 * ```
 */
export function typeText(type: FieldType): string {
  if (typeof type === "string") return type;
  if (type.type === "array") return `array<${typeText(type.elementType)}>`;
  if (type.type === "map") return `map<${typeText(type.keyType)}, ${typeText(type.valueType)}>`;
  return `struct<${type.fields.map(({ name, type }) => `${name}: ${typeText(type)}`).join(", ")}>`;
}

type Refuse = (path: string, expected: FieldType, got: FieldType) => TypeError;

function mergeFields(current: Field[], incoming: readonly Field[], refuse: Refuse, path = ""): Field[] {
  const byName = new Map(incoming.map((field) => [field.name.toLowerCase(), field]));
  const merged = current.map((field) => {
    const next = byName.get(field.name.toLowerCase());
    byName.delete(field.name.toLowerCase());
    const type = next ? mergeType(field.type, next.type, refuse, `${path}${field.name}`) : field.type;
    return type === field.type ? field : { ...field, type };
  });
  const added = [...byName.values()].map((field) => ({ ...field, nullable: true }));
  return added.length || merged.some((field, i) => field !== current[i]) ? [...merged, ...added] : current;
}

function mergeType(current: FieldType, incoming: FieldType, refuse: Refuse, path: string): FieldType {
  if (typeof current === "string" || typeof incoming === "string" || current.type !== incoming.type) {
    if (fits(incoming, current)) return current;
    throw refuse(path, current, incoming);
  }
  if (current.type === "struct" && incoming.type === "struct") {
    const fields = mergeFields(current.fields, incoming.fields, refuse, `${path}.`);
    return fields === current.fields ? current : { ...current, fields };
  }
  if (current.type === "array" && incoming.type === "array") {
    const elementType = mergeType(current.elementType, incoming.elementType, refuse, `${path}.element`);
    return elementType === current.elementType ? current : { ...current, elementType };
  }
  if (current.type === "map" && incoming.type === "map") {
    const keyType = mergeType(current.keyType, incoming.keyType, refuse, `${path}.key`);
    const valueType = mergeType(current.valueType, incoming.valueType, refuse, `${path}.value`);
    return keyType === current.keyType && valueType === current.valueType
      ? current
      : { ...current, keyType, valueType };
  }
  throw refuse(path, current, incoming);
}

/** Whether every value of one primitive type is exact in another. */
function fits(from: FieldType, to: FieldType): boolean {
  if (typeof from !== "string" || typeof to !== "string") return false;
  if (from === to || (from === "float" && to === "double")) return true;
  const size = WHOLE.indexOf(from);
  if (size >= 0 && WHOLE.includes(to)) return size <= WHOLE.indexOf(to);
  if (size >= 0 && to === "double") return from !== "long";
  return decimalFits(from, to);
}

function decimalFits(from: string, to: string): boolean {
  const [inner, outer] = [from, to].map((type) => /^decimal\((\d+),(\d+)\)$/.exec(type)?.slice(1).map(Number));
  if (!inner || !outer) return false;
  return inner[1]! <= outer[1]! && inner[0]! - inner[1]! <= outer[0]! - outer[1]!;
}
