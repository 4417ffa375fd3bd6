import type { Field } from "./field.ts";
import { quoteText, sqlType } from "./sql_type.ts";

const HIVE_NULL = "__HIVE_DEFAULT_PARTITION__";

/**
 * Writes the value of a partition column in SQL (Delta protocol, "Partition Value Serialization"). NULL stands in the log
 * as null or as the empty string.
 */
export function partitionSql({ type }: Field, value: string | null | undefined): string {
  const sql = sqlType(type);
  if (!value || (value === HIVE_NULL && type !== "string")) return `CAST(NULL AS ${sql})`;
  return `CAST(${quoteText(type === "binary" ? blobText(value) : value)} AS ${sql})`;
}

/** delta-rs writes each byte as `\u00XX`, Spark the text that the bytes are in UTF-8. */
function blobText(value: string): string {
  const bytes = /^(?:\\u00[0-9A-Fa-f]{2})+$/.test(value)
    ? Uint8Array.fromHex(value.replaceAll("\\u00", ""))
    : new TextEncoder().encode(value);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
