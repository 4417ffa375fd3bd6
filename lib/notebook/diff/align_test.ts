import fc from "fast-check";
import { expect, test } from "vitest";
import { openAlign, replaced, type Run } from "./_align.ts";

/** What the runs make of the old list, and what they say that it was. */
function follow(runs: Run[], was: string[], now: string[]): { was: string[]; now: string[] } {
  const [old, recent]: [string[], string[]] = [[], []];
  let [i, j] = [0, 0];
  for (const { kind, count } of runs) {
    if (kind === "same") expect(was.slice(i, i + count)).toEqual(now.slice(j, j + count));
    if (kind !== "added") old.push(...was.slice(i, i += count));
    if (kind !== "removed") recent.push(...now.slice(j, j += count));
  }
  return { was: old, now: recent };
}

const lists = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });

test("openAlign() gives runs that lead from one list to the other and back", () => {
  fc.assert(fc.property(lists, lists, (was, now) => {
    const runs = openAlign()(was, now)!;
    expect(follow(runs, was, now)).toEqual({ was, now });
    expect(runs.every(({ count }, index) => count > 0 && runs[index - 1]?.kind !== runs[index]!.kind)).toBe(true);
  }));
});

test("openAlign() keeps equal lists whole and finds the fewest edits", () => {
  fc.assert(fc.property(lists, (list) => {
    expect(openAlign()(list, [...list])).toEqual(list.length === 0 ? [] : [{ kind: "same", count: list.length }]);
  }));
  expect(openAlign()(["a", "b", "c"], ["a", "x", "c"])).toEqual([
    { kind: "same", count: 1 },
    { kind: "removed", count: 1 },
    { kind: "added", count: 1 },
    { kind: "same", count: 1 },
  ]);
});

test("openAlign() gives up where lists are too different, and where all calls together took too much", () => {
  const long = (word: string) => Array.from({ length: 5_000 }, (_, index) => `${word}${index % 7}${index}`);
  expect(openAlign()(long("a"), long("b"))).toBe(null);
  const align = openAlign({ steps: 200 });
  const answers = Array.from({ length: 60 }, () => align(["a", "b", "c", "d"], ["e", "a", "f", "d"]) !== null);
  expect([answers[0], answers.at(-1)]).toEqual([true, false]);
  expect(align(["a", "b"], ["a", "b", "c"])).toEqual([{ kind: "same", count: 2 }, { kind: "added", count: 1 }]);
});

test("replaced() takes all away and puts all in", () => {
  fc.assert(
    fc.property(lists, lists, (was, now) => {
      expect(follow(replaced(was, now), was, now)).toEqual({ was, now });
    }),
  );
});
