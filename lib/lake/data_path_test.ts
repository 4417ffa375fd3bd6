import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeDataPath, encodeDataPath } from "./_data_path.ts";

const FOLDER = "file:/data/my lake/tables/t";

test("encodeDataPath() and decodeDataPath() are a round trip for any name of a file", () => {
  const segment = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) =>
    !text.includes("/") && text !== "." && text !== ".."
  );
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      const path = segments.join("/");
      const encoded = encodeDataPath(path);
      expect(decodeDataPath(encoded, FOLDER, "0.json")).toBe(path);
      expect(encoded).not.toMatch(/[ #?:]/);
    }),
  );
});

test("encodeDataPath() leaves alone what readers spell in their own way", () => {
  expect(encodeDataPath("day=2026-11-23/fit=true/part-0.parquet")).toBe("day=2026-11-23/fit=true/part-0.parquet");
  expect(encodeDataPath("p=a%20b/é+x:y.parquet")).toBe("p=a%2520b/%C3%A9+x%3Ay.parquet");
});

test("decodeDataPath() takes a URI below the folder of the table, however it is spelled", () => {
  for (const start of ["file:///data/my%20lake/tables/t", "file:/data/my%20lake/tables/t", "/data/my lake/tables/t"]) {
    expect(decodeDataPath(`${start}/p=1/a%20b.parquet`, FOLDER, "0.json")).toBe("p=1/a b.parquet");
  }
  for (const scheme of ["s3", "s3a", "s3n"]) {
    expect(decodeDataPath(`${scheme}://bucket/x/t/a.parquet`, "s3://bucket/x/t", "0.json")).toBe("a.parquet");
  }
});

test("decodeDataPath() refuses what leads elsewhere, naming the log file", () => {
  const elsewhere = [
    "s3://bucket/x/other/a.parquet",
    "s3://bucket/x/t2/a.parquet",
    "file:///data/my%20lake/tables/t2/a.parquet",
    "file:///data/my%20lake/tables/t/../u/a.parquet",
    "https://example.com/a.parquet",
    "p=1/../../a.parquet",
    "%2e%2e/a.parquet",
    "a/",
    "",
    "%",
  ];
  for (const folder of [FOLDER, "s3://bucket/x/t"]) {
    for (const path of elsewhere) {
      const decode = () => decodeDataPath(path, folder, "t/_delta_log/0.json");
      expect(decode, path).toThrow(RangeError);
      expect(decode).toThrow('Cannot read "t/_delta_log/0.json" as a data file must lie below the folder of its table');
    }
  }
});
