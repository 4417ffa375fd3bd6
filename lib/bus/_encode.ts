import { Buffer } from "node:buffer";
import type { Message } from "./bus.ts";
import { JsonText } from "./json_text.ts";

const MAX_RECORD_BYTES = 1_000_000; // key + headers + value: what Kafka takes by default, with room for its framing
const MAX_CHUNK_CHARS = 4 * 1024 * 1024; // of a frame before compression: what a reader has to unpack at once
const LONE_SURROGATE = /(?:^|[^\\])(?:\\\\)*\\ud[89a-f]/;

/** Messages on their way to the bus thread: the ends of NDJSON lines, which only lack what the bus gives a record. */
export interface Chunk {
  /** One line per message, without a line break at the end. */
  text: string;
  /** Number of lines. */
  count: number;
}

/**
 * Encodes a message as the end of its line in a frame: key, event time, headers, value.
 *
 * @param topic Topic, for messages of errors.
 * @param message What is published.
 * @param index Place among the messages of the call, for messages of errors.
 * @returns For example `"k":"ORD-LGA","t":null,"v":{"delay":3}}`.
 * @throws {TypeError} When a part has the wrong type, or the value is neither JSON nor bytes.
 * @throws {RangeError} When the record is too large.
 */
export function encodeMessage(topic: string, message: Message, index: number): string {
  const { key, eventTimeMicros: time, headers, value } = message;
  const content = checkMessage(topic, message, index);
  const start = `"k":${key === null ? "null" : JSON.stringify(key.toWellFormed())},"t":${time},`;
  const head = headers?.length ? `${start}"h":${encodeHeaders(headers)},` : start;
  if (typeof content !== "string") return `${head}"b":"${content.toBase64()}"}`;
  // Parsers of JSON other than JavaScript's, DuckDB's among them, give up on a file that holds a lone surrogate.
  return hasLoneSurrogate(content, value)
    ? `${head}"b":"${Buffer.from(content).toString("base64")}"}`
    : `${head}"v":${content}}`;
}

/**
 * Refuses a message that no backend takes.
 *
 * @param topic Topic, for messages of errors.
 * @param message What is published.
 * @param index Place among the messages of the call, for messages of errors.
 * @returns Its value as JSON text, or as bytes when it is bytes.
 * @throws {TypeError} When a part has the wrong type, or the value is neither JSON nor bytes.
 * @throws {RangeError} When the record is too large.
 */
export function checkMessage(topic: string, message: Message, index: number): string | Uint8Array {
  const { key, eventTimeMicros: time, headers, value } = message;
  if (key !== null && typeof key !== "string") refuse(topic, index, "have text or null as key", typeof key);
  if (time !== null && !Number.isSafeInteger(time)) {
    refuse(topic, index, "have microseconds or null as event time", String(time));
  }
  const content = value instanceof Uint8Array ? value : toJson(topic, value, index);
  const fixedBytes = keyBytes(key) + headerBytes(topic, headers, index);
  // A code unit takes at most three bytes: counting them exactly is only needed near the limit.
  if (fixedBytes + content.length * 3 > MAX_RECORD_BYTES) {
    checkSize(topic, index, fixedBytes + (typeof content === "string" ? Buffer.byteLength(content) : content.length));
  }
  return content;
}

/**
 * Joins encoded messages to chunks, each of which becomes one frame.
 *
 * @param lines Encoded messages, in order.
 * @returns The chunks, in order; none for no lines.
 */
export function chunksOf(lines: readonly string[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (let start = 0; start < lines.length;) {
    let end = start, chars = 0;
    while (end < lines.length && (end === start || chars + lines[end]!.length <= MAX_CHUNK_CHARS)) {
      chars += lines[end++]!.length;
    }
    chunks.push({ text: lines.slice(start, end).join("\n"), count: end - start });
    start = end;
  }
  return chunks;
}

/** A text that was handed over may hold pairs of escapes; JSON.stringify writes an escape for a lone half only. */
function hasLoneSurrogate(text: string, value: unknown): boolean {
  if (!(value instanceof JsonText)) return text.includes("\\ud") && LONE_SURROGATE.test(text);
  const isLikely = text.includes("\\ud") || text.includes("\\uD"); // a tenth of what a regular expression takes
  return isLikely && LONE_SURROGATE.test(JSON.stringify(JSON.parse(text)));
}

function toJson(topic: string, value: unknown, index: number): string {
  if (value instanceof JsonText) return value.text;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    refuse(topic, index, "have JSON or bytes as value", cause instanceof Error ? cause.message : String(cause));
  }
  return text ?? refuse(topic, index, "have JSON or bytes as value", typeof value);
}

function keyBytes(key: string | null): number {
  return key === null ? 0 : Buffer.byteLength(key);
}

function headerBytes(topic: string, headers: Message["headers"], index: number): number {
  let bytes = 0;
  for (const [name, value] of headers ?? []) {
    if (typeof name !== "string" || !(value instanceof Uint8Array)) {
      refuse(topic, index, "have pairs of text and bytes as headers", `${typeof name}, ${typeof value}`);
    }
    bytes += Buffer.byteLength(name) + value.length;
  }
  return bytes;
}

function encodeHeaders(headers: [string, Uint8Array][]): string {
  return JSON.stringify(headers.map(([name, value]) => [name.toWellFormed(), value.toBase64()]));
}

function checkSize(topic: string, index: number, bytes: number): void {
  if (bytes <= MAX_RECORD_BYTES) return;
  throw new RangeError(
    `Cannot append to "${topic}" as record ${index} must have at most ${MAX_RECORD_BYTES} bytes of key, headers and ` +
      `value: got ${bytes}; store large content as an object and publish its digest`,
  );
}

function refuse(topic: string, index: number, rule: string, found: string): never {
  throw new TypeError(`Cannot append to "${topic}" as record ${index} must ${rule}: got ${found}`);
}
