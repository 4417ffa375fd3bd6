import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { expect, test } from "vitest";
import { globOf, isPlainPattern } from "./_pattern.ts";

test.each([
  ["^[A-Z]{3}$", "[A-Z][A-Z][A-Z]"],
  ["^[A-Z]{2}-\\d{2}\\.[a-f0-9]$", "[A-Z][A-Z]-[0-9][0-9].[a-f0-9]"],
  ["^$", ""],
  ["[A-Z]{3}", null],
  ["^[A-Z]{3}", null],
  ["^[A-Z]+$", null],
  ["^[A-Z]{1,3}$", null],
  ["^[^A-Z]$", null],
  ["^a|b$", null],
  ["^(?:a)$", null],
  ["^a.$", null],
  ["^a\\$", null],
  ["^a\\*$", null],
  ["^[a-]$", null],
])("globOf(%s) is exact, or null", (pattern, glob) => {
  expect(globOf(pattern)).toBe(glob);
});

test("a glob of DuckDB matches what its pattern matches", async () => {
  const atom = fc.constantFrom("[A-Z]", "[a-c0-3]", "\\d", "\\.", "\\-", "-", "A", "b", "0", ":", " ", "[A-Za-z]");
  const times = fc.constantFrom("", "", "{1}", "{2}", "{0}");
  const pattern = fc.array(fc.tuple(atom, times), { maxLength: 5 }).map((parts) => `^${parts.flat().join("")}$`);
  const letter = fc.constantFrom(..."AZbcd059.-: [é\n*?\\");
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  let matched = 0;
  await fc.assert(
    fc.asyncProperty(pattern, fc.array(letter, { maxLength: 6 }), async (source, letters) => {
      fc.pre(isPlainPattern(source));
      const fitting = source.slice(1, -1).replaceAll(/\[A.*?\]/g, "A").replaceAll(/\[a.*?\]/g, "b").replaceAll(
        "\\d",
        "5",
      )
        .replaceAll("\\", "").replaceAll(/(.)\{(\d)\}/g, (_, one: string, count: string) => one.repeat(Number(count)));
      const texts = [letters.join(""), fitting, `${fitting}\n`, ...letters.map((each) => each + fitting.slice(1))];
      const values = texts.map((_, index) => `($${index + 2})`).join(", ");
      const found = await connection.runAndReadAll(`SELECT t GLOB $1 FROM (VALUES ${values}) v(t)`, [
        globOf(source)!,
        ...texts,
      ]);
      const answers = found.getRows().map(([answer]) => answer);
      expect(answers).toEqual(texts.map((text) => new RegExp(source, "u").test(text)));
      matched += answers.filter(Boolean).length;
    }),
    { numRuns: 300 },
  );
  expect(matched).toBeGreaterThan(100);
  instance.closeSync();
});
