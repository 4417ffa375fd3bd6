import { Buffer } from "node:buffer";
import type { Json } from "../events/mod.ts";
import type { BusRecord } from "./bus.ts";
import { type RawRecord, readRecord } from "./_kafka_decode.ts";
import {
  eventTimeOf,
  KEY_HEADER,
  PRODUCER_HEADER,
  SEQUENCE_HEADER,
  STORED_TIME_HEADER,
  TIME_HEADER,
} from "./_kafka_headers.ts";

/** A record of Kafka as the bus means it. */
export type KafkaRecord = Omit<BusRecord, "topic" | "partition">;

const STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a record of any client as the bus means it: our own headers become producer, sequence and event time; a value
 * that is one JSON document keeps its text, anything else its bytes.
 *
 * @param raw A record as it was fetched.
 * @returns The record.
 */
export function toKafkaRecord(raw: RawRecord): KafkaRecord {
  const { key, value, headers } = readRecord(raw);
  const told = takeHeaders(headers), content = contentOf(value), text = key === null ? null : textOf(key);
  return {
    offset: raw.offset,
    key: key === null ? null : text ?? key.toString(),
    busTimeMicros: raw.timeMs * 1000,
    eventTimeMicros: told.time ?? eventTimeOf(content.value),
    headers: withOriginals(told.headers, text === null ? key : null, raw.storedMs),
    value: content.value,
    json: content.json,
    producerId: told.producerId,
    sequence: told.sequence,
  };
}

/** Keeps what the bus tells otherwise: a key that is no text, a time outside the years of the bus. */
function withOriginals(headers: [string, Uint8Array][], key: Buffer | null, storedMs: bigint | null) {
  if (key !== null) headers.push([KEY_HEADER, new Uint8Array(key)]);
  if (storedMs !== null) headers.push([STORED_TIME_HEADER, new TextEncoder().encode(String(storedMs))]);
  return headers;
}

/**
 * Writes a record as a line of a frame (docs/architecture.md, "Bus").
 *
 * @param record The record.
 * @returns The line, with a line break at its end.
 */
export function toLine(record: KafkaRecord): string {
  const { offset, busTimeMicros, producerId, sequence, key, eventTimeMicros, headers, json, value } = record;
  const producer = producerId === null ? "" : `"p":${JSON.stringify(producerId)},"s":${sequence},`;
  const head = headers.length === 0
    ? ""
    : `"h":${JSON.stringify(headers.map(([name, bytes]) => [name, bytes.toBase64()]))},`;
  const content = json === null ? `"b":"${(value as Uint8Array).toBase64()}"` : `"v":${json}`;
  return `{"o":${offset},"m":${busTimeMicros},${producer}"k":${
    JSON.stringify(key)
  },"t":${eventTimeMicros},${head}${content}}\n`;
}

type Header = [string, Buffer];

/** Takes out the headers that are ours: always the last of their name. */
function takeHeaders(found: readonly [Buffer, Buffer][]) {
  let headers = found.map(([name, bytes]): Header => [name.toString(), bytes]);
  const producer = headers.findLast(([name]) => name === PRODUCER_HEADER);
  const sequence = numberOf(headers, SEQUENCE_HEADER, /^\d{1,16}$/),
    time = numberOf(headers, TIME_HEADER, /^-?\d{1,16}$/);
  const id = producer ? textOf(producer[1]) : null;
  const isOurs = id !== null && id !== "" && id.length <= 255 && sequence !== null;
  if (isOurs) headers = headers.filter((header) => header !== producer && header !== sequence.header);
  if (time) headers = headers.filter((header) => header !== time.header);
  return {
    headers: headers.map(([name, bytes]): [string, Uint8Array] => [name, new Uint8Array(bytes)]),
    producerId: isOurs ? id : null,
    sequence: isOurs ? sequence.value : null,
    time: time?.value ?? null,
  };
}

function numberOf(headers: readonly Header[], name: string, shape: RegExp): { header: Header; value: number } | null {
  const header = headers.findLast(([found]) => found === name);
  const text = header ? header[1].toString("latin1") : "";
  return header && shape.test(text) && Number.isSafeInteger(Number(text)) ? { header, value: Number(text) } : null;
}

/** A tombstone is null, which a JSON value may be too. */
function contentOf(value: Buffer | null): { value: Json | Uint8Array; json: string | null } {
  if (value === null) return { value: null, json: "null" };
  const text = textOf(value), parsed = text === null ? undefined : parseJson(text);
  if (parsed === undefined || hasLoneSurrogate(text!)) return { value: new Uint8Array(value), json: null };
  return { value: parsed, json: /[\r\n]/.test(text!) ? text!.replace(/[\r\n]/g, " ") : text };
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // bytes of something else
  }
}

/** Decoding strictly costs four times as much, so only what may be damaged is. */
function textOf(bytes: Buffer): string | null {
  const text = bytes.toString();
  if (!text.includes("\ufffd")) return text;
  try {
    return STRICT.decode(bytes);
  } catch {
    return null;
  }
}

/** Tells whether JSON text holds the escape of half a surrogate pair, which other parsers than JavaScript's give up on. */
function hasLoneSurrogate(text: string): boolean {
  if (!/\\u[dD]/.test(text)) return false;
  let highEnd = -1;
  for (const { index, 0: escape, 1: hex } of text.matchAll(/\\(?:u([0-9a-fA-F]{4})|[^u])/g)) {
    const code = hex === undefined ? 0 : parseInt(hex, 16), isLow = code >= 0xdc00 && code <= 0xdfff;
    if (isLow !== (highEnd === index) || (highEnd >= 0 && highEnd !== index)) return true;
    highEnd = code >= 0xd800 && code <= 0xdbff ? index + escape.length : -1;
  }
  return highEnd >= 0;
}
