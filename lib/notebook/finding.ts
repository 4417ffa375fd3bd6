import type { Json } from "../events/json/mod.ts";
import type { MimeBundle } from "./notebook.ts";
import { escapeMarkdown } from "./_markdown.ts";
import { numberText } from "./number_text.ts";
import type { Finding } from "./provenance.ts";

/** MIME type of a finding: `{text, values}`. */
export const FINDING_MIME = "application/vnd.boathouse.finding+json";

/** A finding that a notebook shows as the value of a cell. */
export interface DisplayedFinding extends Finding {
  /** The sentence. */
  toString(): string;
  /** `Symbol.for("Jupyter.display")`: what Jupyter shows. */
  [display: symbol]: () => MimeBundle;
}

/**
 * States what a notebook found: a sentence whose values are kept beside it, to be compared and recomputed later.
 *
 * @param strings The texts between the values.
 * @param values Numbers, texts, booleans or dates; a text stands in the sentence as it is, so `toFixed` decides the
 *   digits, and a number gets at least three significant ones.
 * @returns The sentence with its values by position; the record of a run names them by their expressions.
 * @throws {TypeError} When a value is none of these.
 * @throws {RangeError} When a number is not finite or a date not valid.
 *
 * @example
 * ```ts
 * import { finding } from "./finding.ts";
 *
 * console.assert(finding`Flights at ${18}:00 leave ${12.3456} minutes late.`.text === "Flights at 18:00 leave 12.35 minutes late.");
 * ```
 */
export function finding(strings: TemplateStringsArray, ...values: unknown[]): DisplayedFinding {
  const parts = values.map((value, index) => readValue(value, index));
  const join = (write: (text: string) => string) => {
    return strings.map((text, index) => text + (index < parts.length ? write(parts[index]!.text) : "")).join("").trim();
  };
  const text = join((part) => part);
  const kept = Object.fromEntries(parts.map(({ value }, index) => [String(index), value]));
  return {
    text,
    values: kept,
    toString: () => text,
    [Symbol.for("Jupyter.display")]: () => ({
      [FINDING_MIME]: { text, values: kept },
      "text/markdown": `**Finding:** ${join(escapeMarkdown)}`,
      "text/plain": text,
    }),
  };
}

function readValue(value: unknown, index: number): { value: Json; text: string } {
  const refuse = (rule: string) => `Cannot state a finding as value ${index + 1} must be ${rule}`;
  if (typeof value === "string") return { value, text: value };
  if (typeof value === "boolean") return { value, text: value ? "true" : "false" };
  if (typeof value === "bigint") return { value: String(value), text: String(value) };
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(refuse(`a finite number: got ${value}`));
    return { value, text: numberText(value) };
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new RangeError(refuse("a valid date: got Invalid Date"));
    const iso = value.toISOString();
    return { value: iso, text: iso.replace(/T00:00:00\.000Z$/, "") };
  }
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
  throw new TypeError(refuse(`a number, a text, a boolean or a date: got ${found}`));
}
