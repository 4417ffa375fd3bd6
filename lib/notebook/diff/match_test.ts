import fc from "fast-check";
import { expect, test } from "vitest";
import type { NotebookCell } from "../mod.ts";
import { matchCells } from "./_match.ts";
import { markdown } from "./testdata/base.ts";

const cells = (words: string) =>
  words.split(" ").map((word) => markdown(word.split(":")[0]!, word.split(":")[1] ?? word));
const shown = (was: NotebookCell[], now: NotebookCell[]) => {
  return matchCells(was, now).map((pair) => {
    const [a, b] = [pair.old === null ? "-" : was[pair.old]!.id, pair.new === null ? "-" : now[pair.new]!.id];
    return `${a}${b}${pair.moved ? "!" : ""}`;
  }).join(" ");
};

test.each([
  ["a b c", "a b c", "aa bb cc"],
  ["a b c", "a c", "aa b- cc"],
  ["a c", "a b c", "aa -b cc"],
  ["a b c d", "b c d a", "bb cc dd aa!"],
  ["a b c d", "d a b c", "dd! aa bb cc"],
  ["a b c", "c b a", "cc! bb! aa"],
  ["a:1 b:2", "a:1 x:2", "aa bx"],
  ["a:1 b:1", "x:1 y:1", "ax by"],
  ["a:1 b:2", "y:2 x:1", "by! ax"],
  ["a b", "x y", "a- b- -x -y"],
])("matchCells(%o, %o)", (was, now, pairs) => {
  expect(shown(cells(was), cells(now)).split(" ").sort()).toEqual(pairs.split(" ").sort());
});

test("matchCells() knows a cell whose id and text changed by the words that it kept, within a kind", () => {
  const text = "the mean delay of all flights of a route by hour";
  const was = [markdown("a", "# Why?"), markdown("b", text)];
  const now = [markdown("a", "# Why?"), markdown("new", `${text} and weekday`)];
  expect(shown(was, now)).toBe("aa bnew");
  const code: NotebookCell = {
    cell_type: "code",
    id: "new",
    metadata: {},
    source: text,
    outputs: [],
    execution_count: null,
  };
  expect(shown(was, [now[0]!, code])).toBe("aa b- -new");
});

const ids = fc.uniqueArray(fc.constantFrom(..."abcdefghij"), { maxLength: 10 });

test("matchCells() has every cell once, in the order of the new notebook, and calls as few moved as can be", () => {
  fc.assert(fc.property(ids, ids, (before, after) => {
    const [was, now] = [before.map((id) => markdown(id, id)), after.map((id) => markdown(id, id))];
    const pairs = matchCells(was, now);
    expect(pairs.flatMap((pair) => pair.new ?? [])).toEqual(now.map((_, index) => index));
    expect(pairs.flatMap((pair) => pair.old ?? []).sort((a, b) => a - b)).toEqual(was.map((_, index) => index));
    const kept = pairs.filter((pair) => pair.old !== null && pair.new !== null);
    const still = kept.filter(({ moved }) => !moved).map((pair) => pair.old!);
    expect(still).toEqual([...still].sort((a, b) => a - b));
    expect(still.length).toBe(longest(kept.map((pair) => pair.old!)));
  }));
});

/** Length of the longest increasing subsequence, by the book. */
function longest(values: number[]): number {
  const best = values.map(() => 1);
  for (const [i, value] of values.entries()) {
    for (let j = 0; j < i; j++) if (values[j]! < value) best[i] = Math.max(best[i]!, best[j]! + 1);
  }
  return Math.max(0, ...best);
}

test("matchCells() of many cells that have much and little in common ends", () => {
  const many = (word: string) =>
    Array.from(
      { length: 5_000 },
      (_, index) => markdown(`${word}${index}`, `one two three ${word} ${index} `.repeat(20)),
    );
  expect(matchCells(many("a"), many("b")).length).toBeGreaterThanOrEqual(5_000);
});
