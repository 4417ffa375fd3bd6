import { columnFromArray, tableFromColumns, tableFromIPC, utf8 } from "@uwdata/flechette";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ArrowTable } from "./arrow_table.ts";
import { columnValues } from "./column_values.ts";
import { toArrowBytes } from "./ipc.ts";

const tableOf = (values: (string | null)[], maxBatchRows = Infinity) =>
  tableFromColumns([["text", columnFromArray(values, utf8(), { maxBatchRows })]]) as ArrowTable;

test("columnValues() reads texts whole or one by one, of any characters, NULL as null, over several batches", () => {
  const ascii = fc.string({ unit: "binary-ascii", maxLength: 6 });
  const other = fc.oneof(ascii, fc.constantFrom("é", "😀", "\u0000", "e\\u0301", ""), fc.constant(null));
  fc.assert(fc.property(fc.oneof(fc.array(ascii), fc.array(other)), fc.integer({ min: 1, max: 9 }), (values, rows) => {
    for (const table of [tableOf(values), tableOf(values, rows)]) {
      expect([...columnValues(table, 0) as string[]]).toEqual(values);
      const read = tableFromIPC(toArrowBytes(table)) as ArrowTable;
      expect([...columnValues(read, 0) as string[]]).toEqual(values);
    }
  }));
});

test("columnValues() reads two byte characters beside bytes that are none as two cells", () => {
  // "é" is two bytes and one character, so that the whole has fewer characters than bytes.
  expect(columnValues(tableOf(["é", "a", "", "bc"]), 0)).toEqual(["é", "a", "", "bc"]);
});
