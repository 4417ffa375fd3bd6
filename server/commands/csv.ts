/**
 * Writes one line of comma-separated values (RFC 4180).
 *
 * @param cells values as rows of the lake have them: bigint, decimals and times as text keep all their digits
 * @returns the line with its CRLF; NULL is empty, an empty text `""`, bytes are base64, nested values JSON
 * @example
 * ```ts
 * import { csvLine } from "./csv.ts";
 * if (csvLine(["a,b", null, 1n]) !== '"a,b",,1\r\n') throw new Error("unexpected");
 * ```
 */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map((cell) => cellOf(cell)).join(",")}\r\n`;
}

function cellOf(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "string" ? cell : textOf(cell);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function textOf(cell: unknown): string {
  if (cell instanceof Uint8Array) return cell.toBase64();
  return typeof cell === "object" ? JSON.stringify(cell, exact) : String(cell);
}

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function exact(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return rawJSON(value.toString());
  return value instanceof Uint8Array ? value.toBase64() : value;
}
