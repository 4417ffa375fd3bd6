import { expect, test } from "vitest";
import { closureOf, type LockedPackages, mappedFile, readPackages, redirectedPackages } from "./packages.ts";

const FILES: Record<string, string> = {
  "/w/deno.json": JSON.stringify({
    version: "0.1.0",
    imports: {
      zod: "npm:zod@^4",
      "@std/path": "jsr:@std/path@1",
      "ajv-formats": "npm:ajv-formats@3.0.1",
      "lib/": "./lib/",
    },
  }),
  "/w/deno.lock": JSON.stringify({
    version: "5",
    specifiers: {
      "npm:zod@^4": "4.6.7",
      "jsr:@std/path@1": "1.2.0",
      "npm:ajv-formats@3.0.1": "3.0.1_ajv@8.20.0",
      "npm:loose@*": "2.0.0",
    },
    npm: {
      "zod@4.6.7": { integrity: "z" },
      "ajv-formats@3.0.1_ajv@8.20.0": { integrity: "f", dependencies: ["ajv"], optionalDependencies: ["@scope/fast"] },
      "ajv@8.20.0": { integrity: "a", dependencies: ["uri@2.0.0"] },
      "uri@1.0.0": { integrity: "u1" },
      "uri@2.0.0": { integrity: "u2", dependencies: ["ajv"] },
      "@scope/fast@1.0.0": { integrity: "s" },
      "loose@2.0.0": { integrity: "l" },
    },
    jsr: { "@std/path@1.2.0": { integrity: "p", dependencies: ["npm:zod@^4"] } },
    remote: { "https://example.org/m.ts": "m" },
  }),
};
const PACKAGES: LockedPackages = readPackages((path) => FILES[path] ?? null, "/w");

test.each<[string, Record<string, string>]>([
  ["zod", { "zod@4.6.7": "z" }],
  ["zod/mini", { "zod@4.6.7": "z" }],
  ["npm:zod@^4", { "zod@4.6.7": "z" }],
  ["npm:loose", { "loose@2.0.0": "l" }],
  ["npm:loose@2.0.0/deep/file.js", { "loose@2.0.0": "l" }],
  ["ajv-formats", { "@scope/fast@1.0.0": "s", "ajv-formats@3.0.1": "f", "ajv@8.20.0": "a", "uri@2.0.0": "u2" }],
  ["@std/path", { "@std/path@1.2.0": "p", "zod@4.6.7": "z" }],
  ["https://example.org/m.ts", { "https://example.org/m.ts": "m" }],
  ["boathouse", { "boathouse@0.1.0": "" }],
  ["boathouse/plot", { "boathouse@0.1.0": "" }],
  ["boathouse-like", { "boathouse-like@unlocked": "" }],
  ["npm:@a/b@1", { "@a/b@unlocked": "" }],
  ["constructor", { "constructor@unlocked": "" }],
  ["__proto__", { "__proto__@unlocked": "" }],
])("closureOf() of %o", (specifier, found) => {
  expect(closureOf(specifier, PACKAGES)).toEqual(found);
});

test("readPackages() takes missing files for empty ones", () => {
  expect(readPackages(() => null, "/w")).toEqual({ boathouse: "unknown", imports: {}, specifiers: {}, locked: {} });
});

test("readPackages() names a file that is not JSON", () => {
  expect(() => readPackages((path) => path.endsWith("lock") ? "{" : null, "/w")).toThrow(SyntaxError);
  expect(() => readPackages((path) => path.endsWith("lock") ? "{" : null, "/w")).toThrow(
    /^Cannot read "\/w\/deno\.lock" as it must be JSON: /,
  );
});

test("closureOf() knows the workbench's own lock file", async () => {
  const root = new URL("../..", import.meta.url).pathname;
  const texts: Record<string, string> = {};
  for (const name of ["deno.json", "deno.lock"]) texts[name] = await Deno.readTextFile(`${root}${name}`);
  const packages = readPackages((path) => texts[path.split("/").at(-1)!] ?? null, root);
  const found = { ...closureOf("arquero", packages), ...closureOf("@uwdata/flechette", packages) };
  expect(Object.keys(found)).toEqual(expect.arrayContaining(["@uwdata/flechette@2.3.0", "arquero@8.0.3"]));
  for (const integrity of Object.values(found)) expect(integrity).toMatch(/^sha512-/);
  expect(Object.keys(closureOf("@observablehq/plot", packages)).length).toBeGreaterThan(30);
});

test("redirectedPackages() tells only what a specifier does not say itself", () => {
  const imports = {
    zod: "npm:zod@4",
    "zod/v3": "npm:zod@4/v3",
    z: "npm:zod@4",
    "m/": "npm:zod@4/mini/",
    gone: "npm:x@1",
  };
  const packages = { ...PACKAGES, imports, specifiers: { "npm:zod@4": "4.6.7" } };
  const specifiers = ["zod", "zod/v3", "z", "m/a.js", "gone", "npm:zod@4", "unknown", "boathouse"];
  expect(redirectedPackages(specifiers, packages)).toEqual({
    z: "zod@4.6.7",
    "m/a.js": "zod@4.6.7/mini/a.js",
    gone: "x@unlocked",
  });
});

test("mappedFile() finds what the import map sends to a file", () => {
  expect(mappedFile("lib/a.ts", PACKAGES, "/w")).toBe("/w/lib/a.ts");
  for (const specifier of ["zod", "boathouse", "./a.ts", "other"]) {
    expect(mappedFile(specifier, PACKAGES, "/w"), specifier).toBe(null);
  }
});
