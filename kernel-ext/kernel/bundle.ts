import type { MimeBundle } from "../../lib/notebook/mod.ts";
import { plainText } from "./plain_text.ts";

/**
 * Makes of what a cell handed out as contents by MIME type what nbformat takes: texts, and JSON under JSON's types. One
 * cell that shows something else must not make a file that no program reads.
 *
 * @param data A JSON value.
 * @returns The contents, always with `text/plain`; what is neither text nor JSON's is its JSON as text, null is left out.
 */
export function toMimeBundle(data: unknown): MimeBundle {
  if (!isObject(data)) return data === null || data === undefined ? {} : { "text/plain": textOf(data) };
  const kept = Object.entries(data).filter(([mime, value]) =>
    mime !== "__proto__" && (value !== null || isJsonMime(mime))
  );
  const bundle = Object.fromEntries(kept.map(([mime, value]) => [mime, isJsonMime(mime) ? value : textOf(value)]));
  return kept.length === 0 || "text/plain" in bundle ? bundle : { ...bundle, "text/plain": plainText(bundle) };
}

/**
 * Makes of what a cell handed out as metadata an object.
 *
 * @param metadata A JSON value.
 * @returns The metadata; none where it is no object.
 */
export function toMetadata(metadata: unknown): Record<string, unknown> {
  return isObject(metadata) ? metadata : {};
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  const isLines = Array.isArray(value) && value.every((line) => typeof line === "string");
  return isLines ? value.join("") : JSON.stringify(value);
}

function isJsonMime(mime: string): boolean {
  return /^application\/(.*\+)?json$/.test(mime);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
