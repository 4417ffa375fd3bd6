/** Cells as text for people: short, on one line, without control characters. */

const MAX_CHARS = 60;
// C0 and C1 controls, and the marks that reorder or hide text.
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Writes one cell; `type` is a ColumnType or the spelling of a nested type. */
export function formatCell(value: unknown, type: string): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return clip(printable(value));
  if (typeof value === "number") return formatNumber(value);
  if (value instanceof Date) return formatDate(value, type);
  if (value instanceof Uint8Array) return formatBytes(value);
  if (typeof value === "object") return clip(printable(JSON.stringify(value, nested)));
  return String(value);
}

/** Replaces what a terminal or a page would not show as a character. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function clip(text: string): string {
  if (text.length <= MAX_CHARS) return text;
  const chars = [...text];
  return chars.length <= MAX_CHARS ? text : `${chars.slice(0, MAX_CHARS - 1).join("")}…`;
}

function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || !Number.isFinite(value)) return Object.is(value, -0) ? "-0" : String(value);
  if (size < 1e-3 || size >= 1e15) return String(Number(value.toPrecision(5)));
  return String(Number(value.toFixed(4)));
}

function formatDate(date: Date, type: string): string {
  const iso = date.toISOString();
  if (type === "date") return iso.slice(0, -14);
  return iso.slice(0, -1).replace("T", " ").replace(/\.000$/, "");
}

function formatBytes(bytes: Uint8Array): string {
  return `${bytes.subarray(0, 8).toHex()}${bytes.length > 8 ? "…" : ""} (${bytes.length} bytes)`;
}

function nested(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return formatBytes(value);
  return value;
}
