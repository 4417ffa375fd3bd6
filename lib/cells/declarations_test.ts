import { expect, test } from "vitest";
import { declaredValues } from "./declarations.ts";

test("declaredValues() lists names, values and comments", () => {
  expect(declaredValues(`//| label: parameters
import { z } from "boathouse";
const until = "2001-06-01"; // the first day left out
/** Rows
 * to read. */
let rows: number = -5 as number;
const on = true, off = null;
// A list
// of routes.
export const routes = ["A", 'B'];

// Not of the next one.

const today = new Date();
let later: string;
const { a } = f();
function f() { const inner = 1; }`)).toEqual([
    { name: "until", text: `"2001-06-01"`, value: "2001-06-01", comment: "the first day left out" },
    { name: "rows", text: "-5 as number", value: -5, comment: "Rows to read." },
    { name: "on", text: "true", value: true },
    { name: "off", text: "null", value: null },
    { name: "routes", text: `["A", 'B']`, value: ["A", "B"], comment: "A list of routes." },
    { name: "today", text: "new Date()" },
    { name: "later" },
  ]);
});

test("declaredValues() bears a text that does not parse", () => {
  expect(declaredValues("const a = 1; const b = (")).toMatchObject([{ name: "a", value: 1 }, { name: "b" }]);
  expect(declaredValues("")).toEqual([]);
});
