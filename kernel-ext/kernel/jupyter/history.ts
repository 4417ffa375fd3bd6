import type { Content } from "./channels.ts";

/** What was run in this session. */
export interface History {
  add(line: number, input: string, output: string | null): void;
  /**
   * Answers a history_request.
   *
   * @throws {RangeError} When it asks in a way that is not known.
   */
  answer(request: Content): Content;
}

interface Entry {
  line: number;
  input: string;
  output: string | null;
}

/** Makes a history that keeps the newest entries. */
export function createHistory(): History {
  const entries: Entry[] = [];
  const select = (request: Content): Entry[] => {
    switch (request.hist_access_type) {
      case "tail":
        return newest(entries, request.n);
      case "range":
        return rangeOf(entries, request);
      case "search":
        return newest(search(entries, request), request.n);
    }
    throw new RangeError(
      `Cannot answer history as "hist_access_type" must be tail, range or search: ${
        JSON.stringify(request.hist_access_type)
      }`,
    );
  };
  return {
    add: (line, input, output) => {
      entries.push({ line, input: input.slice(0, MAX_CHARS), output: output?.slice(0, MAX_CHARS) ?? null });
      if (entries.length > MAX_ENTRIES) entries.shift();
    },
    answer: (request) => ({
      status: "ok",
      history: select(request).map(({ line, input, output }) => {
        return [SESSION, line, request.output === true ? [input, output] : input];
      }),
    }),
  };
}

/** This session, as only it is kept: former ones have negative numbers in Jupyter, and none is there. */
const SESSION = 0;
const MAX_ENTRIES = 1_000;
const MAX_CHARS = 100_000;

function newest(entries: readonly Entry[], count: unknown): Entry[] {
  return typeof count === "number" && count >= 0
    ? entries.slice(entries.length - Math.min(count, entries.length))
    : [...entries];
}

function rangeOf(entries: readonly Entry[], { session, start, stop }: Content): Entry[] {
  if (typeof session === "number" && session !== SESSION) return [];
  const [from, to] = [typeof start === "number" ? start : 0, typeof stop === "number" ? stop : Infinity];
  return entries.filter(({ line }) => line >= from && line < to);
}

function search(entries: readonly Entry[], { pattern, unique }: Content): Entry[] {
  const wanted = typeof pattern === "string" ? pattern : "*";
  const found = entries.filter(({ input }) => matchesGlob(input, wanted));
  if (unique !== true) return found;
  return found.filter(({ input }, index) => found.findLastIndex((other) => other.input === input) === index);
}

/** Whether a text fits a pattern with `*` (any text) and `?` (any character): without going back further than the last `*`. */
function matchesGlob(text: string, pattern: string): boolean {
  let [at, index] = [0, 0];
  let back: { at: number; index: number } | null = null;
  while (at < text.length) {
    if (pattern[index] === "*") {
      back = { at, index };
      index++;
    } else if (pattern[index] === "?" || pattern[index] === text[at]) [at, index] = [at + 1, index + 1];
    else if (back) {
      back = { at: back.at + 1, index: back.index };
      [at, index] = [back.at, back.index + 1];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(index));
}
