/**
 * Parses a line of JSON that JSON.stringify wrote. Halves of surrogate pairs become U+FFFD: UTF-8 has none, and a client
 * in Python that is sent one cannot save its notebook any more.
 *
 * @param line The line.
 * @returns Its value.
 * @throws {SyntaxError} When it is not JSON.
 */
export function parseLine(line: string): unknown {
  // JSON.stringify escapes surrogates that stand alone, and no others.
  return JSON.parse(line.includes("\\ud") ? line.replace(ESCAPE, (escape, half) => half ? "\ufffd" : escape) : line);
}

const ESCAPE = /\\(?:u(d[89a-f][\da-f]{2})|.)/g;
