import type { Engine } from "./_engine.ts";
import type { Field, FieldType } from "./field.ts";
import { quoteName, sqlType } from "./sql_type.ts";

const NUMERIC = /^(byte|short|integer|long|float|double|decimal\(\d+,\d+\))$/;

/**
 * Gives columns of numbers the type that they have in the table, where each value stays exactly the same: JavaScript
 * writes 12 for a double, and 12 for a byte.
 */
export async function adaptNumbers(
  { connection }: Pick<Engine, "connection">,
  staged: string,
  incoming: readonly Field[],
  stored: readonly Field[],
): Promise<Field[]> {
  const types = new Map(stored.map(({ name, type }) => [name.toLowerCase(), type]));
  const targets = incoming.map(({ name, type }) => {
    const target = types.get(name.toLowerCase());
    return target !== undefined && JSON.stringify(target) !== JSON.stringify(type) && isAlike(type, target)
      ? target
      : null;
  });
  const checks = incoming.flatMap(({ name, type }, i) =>
    targets[i] === null ? [] : [`coalesce(bool_and(${staysSame(quoteName(name), type, targets[i]!)}), true)`]
  );
  if (checks.length === 0) return [...incoming];
  const read = await connection.runAndReadAll(`SELECT ${checks.join(", ")} FROM ${quoteName(staged)}`);
  const answers = read.getRowsJS()[0]!.values();
  return incoming.map((field, i) =>
    targets[i] !== null && answers.next().value === true ? { ...field, type: targets[i]! } : field
  );
}

/** Whether two types differ in their numbers only. */
function isAlike(from: FieldType, to: FieldType): boolean {
  if (typeof from === "string" || typeof to === "string") {
    return from === to ||
      (typeof from === "string" && typeof to === "string" && NUMERIC.test(from) && NUMERIC.test(to));
  }
  if (from.type === "array" && to.type === "array") return isAlike(from.elementType, to.elementType);
  if (from.type === "map" && to.type === "map") {
    return isAlike(from.keyType, to.keyType) && isAlike(from.valueType, to.valueType);
  }
  if (from.type !== "struct" || to.type !== "struct" || from.fields.length !== to.fields.length) return false;
  return from.fields.every(({ name, type }, i) => name === to.fields[i]!.name && isAlike(type, to.fields[i]!.type));
}

function staysSame(column: string, from: FieldType, to: FieldType): string {
  const there = `TRY_CAST(${column} AS ${sqlType(to)})`;
  return `TRY_CAST(${there} AS ${sqlType(from)}) IS NOT DISTINCT FROM ${column}`;
}
