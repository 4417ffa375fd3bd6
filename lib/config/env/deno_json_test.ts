import { expect, test } from "vitest";
import { parseDenoJson, readImports } from "./mod.ts";

const mapOf = (text: string) => ({ ...parseDenoJson(text, "deno.json").imports });

test("parseDenoJson() reads comments and trailing commas as Deno does, and none within texts", () => {
  const text = `\uFEFF{ // "imports": {}
    /* "version": "9" */ "version": "0.1.0",
    "imports": { "a//b": "npm:a@1/*", "c,}": "./c.ts", /* , } */ "d\\"//": "./\\\\", },
  } // end`;
  expect(parseDenoJson(text, "deno.json").version).toBe("0.1.0");
  expect(mapOf(text)).toEqual({ "a//b": "npm:a@1/*", "c,}": "./c.ts", 'd"//': "./\\" });
});

test("parseDenoJson() takes what is not a text in its place for missing", () => {
  for (const text of ["", "[]", "null", "1", `{"imports": []}`, `{"imports": {"a": 1}, "version": 2}`]) {
    expect(mapOf(text), text).toEqual({});
    expect(parseDenoJson(text, "deno.json").version, text).toBeNull();
  }
  expect(parseDenoJson("{}", "deno.json").imports["constructor"]).toBeUndefined();
  expect(mapOf(`{"imports": {"__proto__": "./a.ts"}}`)).toEqual(JSON.parse(`{"__proto__": "./a.ts"}`));
});

test("parseDenoJson() names the file that is no JSON", () => {
  const broken = () => parseDenoJson(`{"imports": {`, "/w/deno.json");
  expect(broken).toThrow(SyntaxError);
  expect(broken).toThrow(`Cannot read "/w/deno.json" as it must be JSON: `);
});

test("readImports() finds none where there is no deno.json", async () => {
  const root = await Deno.makeTempDir();
  expect(readImports(root)).toEqual({});
  await Deno.mkdir(`${root}/deno.json`);
  expect(readImports(root)).toEqual({});
  await Deno.remove(root, { recursive: true });
});
