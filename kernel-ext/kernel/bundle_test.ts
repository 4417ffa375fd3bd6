import { expect, test } from "vitest";
import { toMetadata, toMimeBundle } from "./bundle.ts";

test("toMimeBundle() keeps texts, lines and JSON, and makes text of all else", () => {
  const json = { "application/json": null, "application/x+json": [1] };
  expect(toMimeBundle({ "text/plain": "a", "text/html": ["b\n", "c"], "image/png": null, ...json })).toEqual({
    "text/plain": "a",
    "text/html": "b\nc",
    ...json,
  });
  expect(toMimeBundle({ "text/plain": 42, "image/png": true, "text/html": { a: 1 }, "text/x": [1, "a"] })).toEqual({
    "text/plain": "42",
    "image/png": "true",
    "text/html": '{"a":1}',
    "text/x": '[1,"a"]',
  });
  expect(Object.keys(toMimeBundle(JSON.parse('{"__proto__": "x", "constructor": "y"}')))).toEqual([
    "constructor",
    "text/plain",
  ]);
  expect(toMimeBundle({ "text/html": "<b>late</b>" })).toEqual({ "text/html": "<b>late</b>", "text/plain": "late" });
  expect(toMimeBundle({ "text/plain": "" })).toEqual({ "text/plain": "" });
  expect([null, "text", ["text"], 3].map(toMimeBundle)).toEqual([
    {},
    { "text/plain": "text" },
    { "text/plain": "text" },
    { "text/plain": "3" },
  ]);
});

test("toMetadata() keeps objects alone", () => {
  expect([{ a: 1 }, null, 3, "x", []].map(toMetadata)).toEqual([{ a: 1 }, {}, {}, {}, {}]);
});
