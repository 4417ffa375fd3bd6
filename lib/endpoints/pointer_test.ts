import { expect, test } from "vitest";
import { compilePointer } from "./pointer.ts";

// RFC 6901, section 5.
const DOCUMENT = { foo: ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, " ": 7 };

test.each<[string, unknown]>([
  ["", DOCUMENT],
  ["/foo/0", "bar"],
  ["/", 0],
  ["/a~1b", 1],
  ["/c%d", 2],
  ["/m~0n", 8],
  ["/ ", 7],
  ["/foo/2", undefined],
  ["/foo/length", undefined],
  ["/nope/deeper", undefined],
  ["/toString", undefined],
  ["/__proto__", undefined],
])("compilePointer(%j) reads %j", (pointer, found) => {
  expect(compilePointer(pointer)(DOCUMENT)).toEqual(found);
});

test("compilePointer() refuses what is no pointer", () => {
  expect(() => compilePointer("route")).toThrow(SyntaxError);
  expect(() => compilePointer("route")).toThrow('Cannot read JSON pointer as it must begin with "/": got "route"');
});
