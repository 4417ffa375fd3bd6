import { quoteName } from "./sql_type.ts";
import { isTableRef } from "./table_ref.ts";

/** Turns a tagged template into SQL text: a reference becomes the quoted table, every other value a parameter. */
export function queryOf(
  strings: TemplateStringsArray,
  values: readonly unknown[],
): { text: string; params: unknown[] } {
  const params: unknown[] = [];
  const parts = values.map((value) => isTableRef(value) ? quoteName(value.view) : `$${params.push(value)}`);
  return { text: strings.map((string, i) => i === 0 ? string : parts[i - 1] + string).join(""), params };
}
