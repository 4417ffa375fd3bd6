import type { Readable } from "node:stream";

/**
 * Reads a stream of UTF-8 lines to its end.
 *
 * @param stream The stream.
 * @param onLine Is told each line without its end; the last one also when it has none.
 * @returns Settles when the stream has ended.
 */
export function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  stream.on("data", (chunk: Uint8Array) => {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    parts.push(lines.shift()!);
    for (const next of lines) {
      onLine(parts.splice(0).join(""));
      parts.push(next);
    }
  });
  return new Promise((resolve) => {
    stream.once("close", () => {
      const rest = parts.join("");
      if (rest !== "") onLine(rest);
      resolve();
    });
  });
}
