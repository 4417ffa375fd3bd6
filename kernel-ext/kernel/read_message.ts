import type { Message } from "./child/output.ts";
import { parseLine } from "./parse_line.ts";

/** Reads the lines of one process. */
export interface MessageReader {
  /** Reads a line; null where it is no message. */
  read(line: string): Message | null;
}

/**
 * Reads what the process of the cells sends. Code of a cell can reach the channel and write anything there, so its first
 * message, before any cell runs, names the key with which every later one begins.
 */
export function readMessages(): MessageReader {
  let key = "";
  return {
    read: (line) => {
      if (!line.startsWith(key)) return null;
      const message = readMessage(line.slice(key.length));
      if (message?.r !== "ready") return message;
      if (key !== "") return null;
      key = message.key;
      return message;
    },
  };
}

/**
 * Reads a message without its key.
 *
 * @param line JSON, or anything.
 * @returns The message; null where it is none.
 */
export function readMessage(line: string): Message | null {
  let value: unknown;
  try {
    value = parseLine(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== "object" || value === null) return null;
  const { r, ...fields } = value as Record<string, unknown>;
  if (typeof r !== "string" || !Object.hasOwn(SHAPES, r)) return null;
  const fits = Object.entries(SHAPES[r as Message["r"]]).every(([name, isSo]) => isSo(fields[name]));
  return fits ? value as Message : null;
}

type Check = (value: unknown) => boolean;

const number: Check = (value) => typeof value === "number";
const text: Check = (value) => typeof value === "string";
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const flag: Check = (value) => typeof value === "boolean";
const object: Check = (value) => typeof value === "object" && value !== null;

const SHAPES: Readonly<Record<Message["r"], Readonly<Record<string, Check>>>> = {
  ready: { key: text },
  stream: { n: number, name: (value) => value === "stdout" || value === "stderr", text },
  display: {
    n: number,
    kind: (value) => ["display_data", "execute_result", "update_display_data"].includes(value as string),
  },
  clear: { n: number, wait: flag },
  comm: {
    n: number,
    kind: (value) => ["comm_open", "comm_msg", "comm_close"].includes(value as string),
    content: (value) => object(value) && text((value as { comm_id?: unknown }).comm_id),
    metadata: object,
    buffers: texts,
  },
  dropped: { n: number, bytes: number, displays: number },
  error: { n: number, ename: text, evalue: text, stack: texts },
  read: { n: number, input: object },
  wrote: { n: number, output: object },
  unproven: { n: number, kind: text },
  input: { n: number, id: number, prompt: text, password: flag },
  turn: { n: number },
  closed: { known: texts },
  end: { n: number, known: texts },
  exit: { n: number, code: number },
};
