import fc from "fast-check";
import { expect, test } from "vitest";
import { isEmptyCell } from "./_judge_code.ts";
import { openSources } from "./mod.ts";

const cell = (source: string) => {
  return { cell_type: "code" as const, id: "a", metadata: {}, source, outputs: [], execution_count: null };
};

test("isEmptyCell() agrees with the compiler on what has nothing to run", async () => {
  const { link } = await openSources(Deno.cwd());
  const parts = fc.constantFrom(
    "//",
    "/*",
    "*/",
    " ",
    "\n",
    "\r\n",
    ";",
    '"',
    "'",
    "`",
    "x",
    "1",
    "/",
    "*",
    "//| a",
    "\\",
    "#!",
    "\u2028",
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (found) => {
      const source = found.join("");
      expect([source, isEmptyCell(cell(source))]).toEqual([source, link([{ id: "a", source }])[0]!.isEmpty]);
    }),
    { numRuns: 3_000 },
  );
});

test("isEmptyCell() takes a cell that shows something for one that has run", () => {
  const outputs = [{ output_type: "stream" as const, name: "stdout" as const, text: "x" }];
  expect([isEmptyCell(cell("// x")), isEmptyCell({ ...cell("// x"), outputs })]).toEqual([true, false]);
});
