import { expect, test } from "vitest";
import { jsonHash, sourceHash } from "./hash.ts";
import { reachedModules } from "./reached.ts";

const FILES: Record<string, string> = {
  "/w/nb/ridge.ts": `import { sum } from "../lib/sum.ts"; import aq from "arquero"; export const fit = sum;`,
  "/w/lib/sum.ts": `import "./loop.ts"; export const sum = 1;`,
  "/w/lib/loop.ts": `import "./sum.ts"; import data from "./data.json" with { type: "json" };`,
  "/w/lib/data.json": `{"a": 1}`,
  "/w/nb/types.ts": "export type T = 1;",
};

function reached(cellId: string, ...sources: string[]) {
  const cells = sources.map((source, index) => ({ id: `c${index}`, source }));
  return reachedModules(cells, cellId, { root: "/w", folder: "/w/nb", readFile: (path) => FILES[path] ?? null });
}

test("reachedModules() follows local modules and hashes their meaning", () => {
  expect(reached("c0", `import { fit } from "./ridge.ts";`)).toEqual({
    modules: {
      "lib/data.json": jsonHash(FILES["/w/lib/data.json"]!),
      "lib/loop.ts": sourceHash(FILES["/w/lib/loop.ts"]!),
      "lib/sum.ts": sourceHash(FILES["/w/lib/sum.ts"]!),
      "nb/ridge.ts": sourceHash(FILES["/w/nb/ridge.ts"]!),
    },
    packages: ["arquero"],
    mapped: {},
  });
});

test("reachedModules() counts imports of other cells whose names a cell uses, and no others", () => {
  const imports = `import { z } from "zod"; import * as Plot from "boathouse/plot"; import { fit } from "./ridge.ts";`;
  expect(reached("c1", imports, "z.string()").packages).toEqual(["zod"]);
  expect(Object.keys(reached("c1", imports, "fit(1)").modules)).toContain("nb/ridge.ts");
  expect(reached("c1", imports, "1 + 1")).toEqual({ modules: {}, packages: [], mapped: {} });
  expect(reached("c2", imports, `import { z } from "npm:zod@3";`, "z").packages).toEqual(["npm:zod@3"]);
});

test("reachedModules() leaves out types and node:, and says what is missing", () => {
  const source = `import type { T } from "./types.ts"; import fs from "node:fs"; import { x } from "./gone.ts?v=1";`;
  expect(reached("c0", source)).toEqual({ modules: { "nb/gone.ts": "missing" }, packages: [], mapped: {} });
});

test("reachedModules() counts loading at run time, and paths as URLs", () => {
  const source =
    `const m = await import("../lib/sum.ts"); import "file:///w/nb/types.ts"; import "https://x.test/a.ts";`;
  const { modules, packages } = reached("c0", source);
  expect(Object.keys(modules)).toEqual(["lib/data.json", "lib/loop.ts", "lib/sum.ts", "nb/types.ts"]);
  expect(packages).toEqual(["https://x.test/a.ts"]);
});

test("reachedModules() refuses an id that the notebook does not have", () => {
  expect(() => reached("nope", "1")).toThrow(RangeError);
  expect(() => reached("nope", "1")).toThrow(
    `Cannot list modules of cell "nope" as the notebook must have it: no such id`,
  );
});
