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
    return target !== undefined && target !== type && isNumeric(target) && isNumeric(type) ? target : null;
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

function isNumeric(type: FieldType): boolean {
  return typeof type === "string" && NUMERIC.test(type);
}

function staysSame(column: string, from: FieldType, to: FieldType): string {
  const there = `TRY_CAST(${column} AS ${sqlType(to)})`;
  return `TRY_CAST(${there} AS ${sqlType(from)}) IS NOT DISTINCT FROM ${column}`;
}
