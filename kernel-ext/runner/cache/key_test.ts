import { expect, test } from "vitest";
import type { CodeFacts } from "../../../lib/notebook/mod.ts";
import { cellKey, unlockedPackage, upstreamCells } from "./key.ts";

const facts = (source: string, needs: string[], packages: Record<string, string> = {}): CodeFacts => ({
  source,
  upstream: {},
  modules: {},
  packages,
  imports: {},
  parameters: [],
  needs: needs.map((id) => ({ id, importsOnly: false })),
  specifiers: [],
  isEmpty: false,
});
const run = { root: "/w", from: "/w/n", boathouse: "1.0.0", permissions: ["-A"], maxOutputBytes: undefined, env: {} };
const cellsOf = (packages: Record<string, string>) =>
  new Map([["a", facts("1", [], packages)], ["b", facts("2", ["a"])], ["c", facts("3", ["b"])]]);
const keyOf = (packages: Record<string, string>, changed: Partial<typeof run> = {}) =>
  cellKey({ ...run, ...changed }, {
    facts: cellsOf(packages),
    id: "c",
    upstream: upstreamCells(cellsOf(packages), "c"),
    ambient: [],
    runs: new Map(),
    values: "v",
  });

test("cellKey() counts packages that cells above reach, by version and integrity", () => {
  const keys = [{ "zod@4.0.0": "x" }, { "zod@4.0.1": "x" }, { "zod@4.0.0": "y" }].map((packages) => keyOf(packages));
  expect(new Set(keys).size).toBe(3);
  expect(keyOf({ "zod@4.0.0": "x" })).toBe(keys[0]);
});

test("cellKey() counts folder, permissions, caps and language, and no other part of the environment", () => {
  const changed = [{ from: "/w/m" }, { permissions: [] }, { maxOutputBytes: 5 as never }, { env: { LC_ALL: "de" } }];
  expect(new Set([keyOf({}), ...changed.map((one) => keyOf({}, one))]).size).toBe(5);
  expect(keyOf({}, { env: { TERM: "dumb" } })).toBe(keyOf({}));
  expect(keyOf({}, { root: "/v", from: "/v/n" })).toBe(keyOf({}));
});

test("unlockedPackage() finds packages without a version", () => {
  expect(unlockedPackage(cellsOf({ "@a/b@unlocked": "" }), ["c", "a"])).toBe("@a/b");
  expect(unlockedPackage(cellsOf({ "zod@4.0.0": "" }), ["c", "a"])).toBeNull();
});
