import { expect, test } from "vitest";
import { readCrashes } from "./crash_text.ts";

const OWN = new URL("./child/output.ts", import.meta.url).href;

function shown(...lines: string[]): string[] {
  const reader = readCrashes("/work bench");
  return [...lines.flatMap((line) => reader.take(line)), ...reader.end()];
}

test("readCrashes() shows what is no crash at once, without the runtime's frames and paths of this machine", () => {
  const reader = readCrashes("/work bench");
  expect(reader.take('error: Uncaught (in worker "") Module not found "file:///work bench/a.ts".')).toEqual([
    'error: Uncaught (in worker "") Module not found "a.ts".',
  ]);
  expect(reader.take("    at invokeCallback (ext:deno_node/internal/timers.mjs:4:810)")).toEqual([]);
  for (const line of ["", "    at home (<anonymous>:1:2)", "error: no", `  at ${OWN}`]) {
    expect(reader.take(line)).toEqual([line]);
  }
});

test("readCrashes() shows the author's frames, and neither the runtime's nor the kernel's", () => {
  expect(shown(
    "error: Uncaught Error: two",
    "lines",
    "throw 5",
    "      ^",
    "    at f (file:///work bench/notebooks/a.ts:1:26)",
    "    at Timeout._onTimeout (<anonymous>:3:38)",
    "    at cell_12:3:38",
    `    at flush (${OWN}:10:2)`,
    "    at ext:core/01_core.js:444:38",
    "    at invokeCallback (ext:deno_node/internal/timers.mjs:4:810)",
    "    at Timer.x (node:timers:1:2)",
    "then this",
  )).toEqual([
    "error: Uncaught Error: two",
    "lines",
    "throw 5",
    "      ^",
    "    at f (notebooks/a.ts:1:26)",
    "    at Timeout._onTimeout (a cell)",
    "    at a cell",
    "then this",
  ]);
});

test("readCrashes() shows no line of the kernel's source", () => {
  expect(
    shown("error: Uncaught Error: broken", "  return text.replaceAll(a, b)", "         ^", `    at f (${OWN}:1:2)`),
  ).toEqual(
    ["error: Uncaught Error: broken"],
  );
  expect(shown("error: Uncaught 1", "error: Uncaught null")).toEqual(["error: Uncaught 1", "error: Uncaught null"]);
});
