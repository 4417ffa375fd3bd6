import { expect, test } from "vitest";
import { readTraceparent, traceResponse } from "./trace_context.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c", PARENT = "b7ad6b7169203331";

test.each<[string, string | null, boolean]>([
  ["version 00", `00-${TRACE}-${PARENT}-01`, true],
  ["not sampled", `00-${TRACE}-${PARENT}-00`, true],
  ["a later version", `cc-${TRACE}-${PARENT}-01`, true],
  ["a later version with more", `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`, true],
  ["version 00 with more", `00-${TRACE}-${PARENT}-01-what`, false],
  ["a later version glued to more", `cc-${TRACE}-${PARENT}-01.what`, false],
  ["version ff", `ff-${TRACE}-${PARENT}-01`, false],
  ["trace id of zeros", `00-${"0".repeat(32)}-${PARENT}-01`, false],
  ["parent id of zeros", `00-${TRACE}-${"0".repeat(16)}-01`, false],
  ["upper case", `00-${TRACE.toUpperCase()}-${PARENT}-01`, false],
  ["a short trace id", `00-${TRACE.slice(1)}-${PARENT}-01`, false],
  ["two headers in one", `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`, false],
  ["other text", "x".repeat(10_000), false],
  ["nothing", null, false],
])("readTraceparent() of %s", (_, header, fine) => {
  expect(readTraceparent(header)).toBe(fine ? header : null);
});

test("traceResponse() keeps trace and flags, and names the decision's span", () => {
  const response = traceResponse(`00-${TRACE}-${PARENT}-01`, "01a2188a-7005-7498-bcbc-9b48c9a07d72");
  expect(response).toBe(`00-${TRACE}-bcbc9b48c9a07d72-01`);
  expect(readTraceparent(response)).toBe(response);
});
