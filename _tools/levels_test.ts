import { expect, test } from "vitest";
import { judgeImport } from "./levels.ts";

test.each<[string, string, string | RegExp | null]>([
  ["lib/lake/sql.ts", "../store/mod.ts", null],
  ["lib/lake/sql.ts", "./snapshot.ts", null],
  ["lib/lake/sql.ts", "node:path", null],
  ["lib/lake/sql.ts", "../store/directory.ts", `other folders import "lib/store/mod.ts", never its insides`],
  ["lib/store/directory.ts", "../lake/mod.ts", /^level 1 \("store"\) imports lower levels only/],
  ["lib/bus/sqlite.ts", "../store/mod.ts", /^level 1/],
  ["lib/lake/sql.ts", "../mod.ts", "nothing in lib imports lib/mod.ts"],
  ["lib/lake/sql.ts", "boathouse", "nothing in lib imports lib/mod.ts"],
  ["lib/lake/sql.ts", "../odd/mod.ts", `folder "lib/odd" has no level: add it to _tools/levels.ts`],
  ["lib/lake/sql.ts", "../../server/control/mod.ts", `lib imports nothing of "server"`],
  ["lib/mod.ts", "./lake/mod.ts", null],
  ["server/serving/node.ts", "../../kernel-ext/kernel/mod.ts", "kernel-ext and server never import each other"],
  ["server/serving/node.ts", "../../lib/bus/sqlite.ts", `other folders import "lib/bus/mod.ts", never its insides`],
  ["notebooks/flights/ridge.ts", "boathouse", null],
  ["notebooks/flights/ridge.ts", "../../lib/boathouse.ts", /^notebooks import, of Boathouse, only/],
])("judgeImport() judges %s importing %s", (file, specifier, expected) => {
  const wrong = judgeImport("/w", `/w/${file}`, specifier);
  if (expected instanceof RegExp) expect(wrong).toMatch(expected);
  else expect(wrong).toBe(expected);
});
