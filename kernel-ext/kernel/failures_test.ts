import { expect, test } from "vitest";
import { explain } from "./failures.ts";

const source = "const a = 1;\n\tlet b = a.c.d;\r\nlet d";
const findCell = (label: string) => label === "3" ? { cellId: "abc", source } : undefined;
const explainStack = (...stack: string[]) => explain({ ename: "E", evalue: "m", stack }, findCell);

test("explain() shows the line of the nearest frame in a cell", () => {
  const { output, failure } = explainStack(
    "E: m",
    "    at lib/a.ts:1:2",
    "    at f (cell [3]:2:12)",
    "    at cell [3]:1:1",
  );
  expect(output).toEqual({
    output_type: "error",
    ename: "E",
    evalue: "m",
    traceback: [
      "E: m",
      "   2 |  let b = a.c.d;",
      "     |            ^",
      "    at lib/a.ts:1:2",
      "    at f (cell [3]:2:12)",
      "    at cell [3]:1:1",
    ],
  });
  expect(failure).toEqual({ name: "E", message: "m", cell: "abc", line: 2, column: 12 });
});

test("explain() reads frames of every form", () => {
  for (
    const frame of [
      "    at async cell [3]:1:7",
      "    at new A (cell [3]:1:7)",
      "    at Object.f [as g] (cell [3]:1:7) {",
      "    at cell [3]:1:7 {",
    ]
  ) {
    expect(explainStack("E: m", frame).failure, frame).toMatchObject({ cell: "abc", line: 1, column: 7 });
  }
});

test("explain() shows no line where no cell is on the stack", () => {
  for (const frame of ["    at lib/a.ts:1:2", "    at cell [9]:1:1", "cell [3]:1:1"]) {
    expect(explainStack("E: m", frame), frame).toEqual({
      output: { output_type: "error", ename: "E", evalue: "m", traceback: ["E: m", frame] },
      failure: { name: "E", message: "m" },
    });
  }
  expect(explainStack("E: m", "    at cell [3]:99:1").output.traceback).toEqual(["E: m", "    at cell [3]:99:1"]);
});

test("explain() shows of a long line what surrounds the column", () => {
  const long = "x".repeat(1_000_000);
  const { output } = explain(
    { ename: "E", evalue: "m", stack: ["E: m", "    at cell [1]:1:500000"] },
    () => ({ cellId: "a", source: long }),
  );
  expect(output.traceback[1]!.length).toBeLessThan(130);
  expect(output.traceback[2]).toBe(`     | ${" ".repeat(60)}^`);
});
