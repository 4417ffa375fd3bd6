import { JsonText, type Message } from "../../lib/bus/mod.ts";
import { type Json, messageOf, parseEvent } from "../../lib/events/mod.ts";

/** A line of a file that becomes a record. */
export interface Line {
  /** Place in the file, from 1. */
  number: number;
  /** The record. */
  message: Message;
}

/** A line that cannot become a record; the lines before it can. */
export class BadLine extends SyntaxError {
  override name = "BadLine";
  /** Place in the file, from 1. */
  readonly line: number;

  constructor(line: number, rule: string, options?: ErrorOptions) {
    super(rule, options);
    this.line = line;
  }
}

const MAX_LINE_BYTES = 8_000_000; // escapes make a line longer than its record, whose limit is a million bytes
const LINE_FEED = 0x0a;

/**
 * Reads newline-delimited JSON as records: whole CloudEvents (any object with `specversion`), or any JSON document.
 *
 * @param source bytes of the file
 * @param key field of each document that becomes its key; an event's key is its subject
 * @returns the records in order; empty lines are left out
 * @throws {BadLine} at the first line that is no UTF-8, no JSON, a malformed event or without the key
 */
export async function* readMessages(source: AsyncIterable<Uint8Array>, key?: string): AsyncIterable<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  for await (const bytes of linesOf(source)) {
    number++;
    const text = decode(decoder, bytes, number);
    if (text.trim() !== "") yield { number, message: messageIn(text, number, key) };
  }
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest: Uint8Array[] = [], restBytes = 0, number = 1;
  for await (const chunk of source) {
    let start = 0;
    for (let end; (end = chunk.indexOf(LINE_FEED, start)) >= 0; start = end + 1, number++) {
      yield joined([...rest, chunk.subarray(start, end)]);
      rest = [];
      restBytes = 0;
    }
    restBytes += chunk.length - start;
    if (restBytes > MAX_LINE_BYTES) throw new BadLine(number, `a line must have at most ${MAX_LINE_BYTES} bytes`);
    rest.push(chunk.subarray(start));
  }
  if (restBytes > 0) yield joined(rest);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function decode(decoder: TextDecoder, bytes: Uint8Array, number: number): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new BadLine(number, `it must be UTF-8: byte ${firstBadByte(bytes)} of the line is not`, { cause });
  }
}

/** The place, from 1, of the first byte that belongs to no character. */
function firstBadByte(bytes: Uint8Array): number {
  const loose = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const before = loose.slice(0, loose.indexOf("\ufffd"));
  return new TextEncoder().encode(before).length + 1;
}

/** The text goes to the topic as it is, so that numbers past 2^53 keep their digits. */
function messageIn(text: string, number: number, key: string | undefined): Message {
  const json = parse(text, number), value = new JsonText(text.trim());
  if (!isObject(json) || !("specversion" in json)) {
    return { key: key === undefined ? null : keyOf(json, key, number), eventTimeMicros: null, value };
  }
  try {
    return { ...messageOf(parseEvent(json)), value };
  } catch (cause) {
    throw new BadLine(number, (cause as Error).message.replace(/^Cannot read CloudEvent as /, ""), { cause });
  }
}

function parse(text: string, number: number): Json {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadLine(number, `it must be JSON: ${(cause as Error).message}`, { cause });
  }
}

function keyOf(value: Json, field: string, number: number): string | null {
  if (!isObject(value)) throw new BadLine(number, `it must be an object that has the key "${field}"`);
  const found = Object.hasOwn(value, field) ? value[field] : undefined;
  if (found === null || typeof found === "string") return found;
  if (typeof found === "boolean" || Number.isSafeInteger(found)) return String(found);
  const fields = Object.keys(value).join(", ") || "no fields";
  const what = found === undefined ? `got none; the line has ${fields}` : `got ${shown(found)}`;
  throw new BadLine(
    number,
    `its key "${field}" must be a text, a whole number below 2^53, true, false or null: ${what}`,
  );
}

function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
