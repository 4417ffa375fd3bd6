import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readLines } from "./lines.ts";

async function linesOf(chunks: Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  await readLines(Readable.from(chunks), (line) => lines.push(line));
  return lines;
}

test("readLines() joins lines however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode("a\n\né🚤 b\nlast");
  for (const size of [1, 2, 3, 5, 100]) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, at) => bytes.slice(at * size, (at + 1) * size),
    );
    expect(await linesOf(chunks)).toEqual(["a", "", "é🚤 b", "last"]);
  }
});

test("readLines() reads nothing from nothing", async () => {
  expect(await linesOf([])).toEqual([]);
});
