import fc from "fast-check";
import { expect, test } from "vitest";
import { csvLine } from "./csv.ts";

test("csvLine() quotes what a reader would misread, and tells NULL from an empty text", () => {
  expect(csvLine(["plain", "a,b", 'say "so"', "two\r\nlines", "", null, undefined])).toBe(
    'plain,"a,b","say ""so""","two\r\nlines","",,\r\n',
  );
});

test("csvLine() keeps every digit, and writes bytes as base64 and nested values as JSON", () => {
  expect(csvLine([9223372036854775807n, 0.1, true, "12.50", NaN])).toBe("9223372036854775807,0.1,true,12.50,NaN\r\n");
  expect(csvLine([new Uint8Array([1, 2]), [1n, null], { id: 9007199254740993n, raw: new Uint8Array([255]) }])).toBe(
    'AQI=,"[1,null]","{""id"":9007199254740993,""raw"":""/w==""}"\r\n',
  );
});

test("csvLine() is read back by the grammar of RFC 4180", () => {
  const text = fc.string({ unit: fc.constantFrom("a", ",", '"', "\r", "\n", "é") });
  fc.assert(fc.property(fc.array(text, { minLength: 1 }), (cells) => {
    expect(parse(csvLine(cells))).toEqual(cells);
  }));
});

/** One record of RFC 4180, section 2. */
function parse(line: string): string[] {
  const record = line.slice(0, -2);
  const cells: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y;
  for (;;) {
    const [, quoted, plain, end] = field.exec(record)!;
    cells.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === "") return cells;
  }
}
