import { expect, test } from "vitest";
import type { Field } from "./field.ts";
import { type LocalFile, selectFiles } from "./scan.ts";

const column = (name: string, metadata = {}): Field => ({ name, type: "long", nullable: true, metadata });
const file = (path: string, more: Partial<LocalFile> = {}): LocalFile => ({
  path,
  local: `/lake/${path}`,
  bytes: 1,
  rows: null,
  partition: {},
  stats: null,
  modifiedMs: 0,
  ...more,
});

test("selectFiles() reads all partitions at once, and each file with deleted rows by itself", () => {
  const table = { schema: [column("n"), { ...column("p"), type: "string" }], partitionColumns: ["p"] };
  const files = [
    file("a", { partition: { p: "x" } }),
    file("b", { partition: { p: "x" }, deleted: [3, 5] }),
    file("c", { partition: { p: "x" } }),
    file("d", { partition: { p: "it's" } }),
    file("e", { partition: { p: "" } }),
    file("f"),
  ];
  const [all, deleted, ...more] = selectFiles(table, files).split(" UNION ALL ");
  expect(more).toEqual([]);
  expect(all).toContain("read_parquet(['/lake/a', '/lake/c', '/lake/d', '/lake/e', '/lake/f'],");
  const values = ["'x'", "'x'", "'it''s'", "NULL", "NULL"].map((value) => `CAST(${value} AS VARCHAR)`);
  expect(all).toContain(`, list_extract([${values.join(", ")}], file_index::BIGINT + 1) AS "p" FROM`);
  expect(deleted).toMatch(/, CAST\('x' AS VARCHAR\) AS "p" FROM read_parquet\(\['\/lake\/b'\],/);
  expect(deleted).toContain("WHERE file_row_number NOT IN (SELECT unnest([3, 5]::BIGINT[]))");
});

test("selectFiles() reads each partition by itself where a column has the name of the file's number", () => {
  const table = { schema: [column("File_Index"), { ...column("p"), type: "string" }], partitionColumns: ["p"] };
  const files = [file("a", { partition: { p: "x" } }), file("b", { partition: { p: "y" } })];
  expect(selectFiles(table, files).split(" UNION ALL ").map((part) => /, (CAST.*?) AS "p"/.exec(part)![1])).toEqual([
    "CAST('x' AS VARCHAR)",
    "CAST('y' AS VARCHAR)",
  ]);
});

test("selectFiles() refuses what it cannot tell apart", () => {
  const rows = { schema: [column("File_Row_Number")], partitionColumns: [] };
  expect(selectFiles(rows, [file("a")])).toContain("read_parquet");
  expect(() => selectFiles(rows, [file("a", { deleted: [1] })])).toThrow(RangeError);
  expect(() => selectFiles(rows, [file("a", { deleted: [1] })])).toThrow(
    'as none of its columns may be named "file_row_number"',
  );
  const mapped = (metadata: object) => ({
    schema: [column("n", metadata)],
    partitionColumns: [],
    configuration: { "delta.columnMapping.mode": "id" },
  });
  expect(selectFiles(mapped({ "delta.columnMapping.id": 7 }), [file("a")])).toContain("MAP {7: {name: 'n'");
  for (const [id, got] of [[undefined, "none"], ["7", '"7"'], [1.5, "1.5"]]) {
    const select = () => selectFiles(mapped({ "delta.columnMapping.id": id }), [file("a")]);
    expect(select).toThrow(RangeError);
    expect(select).toThrow(`Cannot read column "n" as its table maps columns by "delta.columnMapping.id": got ${got}`);
  }
});
