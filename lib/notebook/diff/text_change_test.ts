import fc from "fast-check";
import { expect, test } from "vitest";
import { openBounds } from "./_align.ts";
import { diffText } from "./text_change.ts";
import { cutAtMarks } from "./_words.ts";

const texts = fc.array(fc.constantFrom("a b c", "a b d", "x", "", "y y"), { maxLength: 40 }).map((lines) =>
  lines.join("\n")
);
/** The lines of two texts, without the empty one behind a last line break that both have. */
const linesOf = (...texts: [string, string]) => {
  const ends = texts.every((text) => text === "" || text.endsWith("\n"));
  return texts.map((text) => text === "" ? [] : (ends ? text.slice(0, -1) : text).split("\n")) as [string[], string[]];
};

/** Applies a change to the old text by its hunks alone. */
function apply(old: string[], { hunks }: NonNullable<ReturnType<typeof diffText>>): string[] {
  const made: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    made.push(...old.slice(at, hunk.old - 1));
    expect(hunk.new).toBe(made.length + 1);
    made.push(...hunk.lines.filter(({ kind }) => kind !== "removed").map(({ text }) => text));
    const kept = hunk.lines.filter(({ kind }) => kind !== "added").map(({ text }) => text);
    expect(old.slice(hunk.old - 1, hunk.old - 1 + kept.length)).toEqual(kept);
    at = hunk.old - 1 + kept.length;
  }
  return [...made, ...old.slice(at)];
}

test("diffText() of a text and itself is null; else its hunks make the new text of the old one", () => {
  fc.assert(fc.property(texts, texts, (was, now) => {
    const change = diffText(was, now, openBounds());
    expect(change === null).toBe(was === now);
    if (!change) return;
    const [old, recent] = linesOf(was, now);
    expect(apply(old, change)).toEqual(recent);
    expect(change.more).toBe(0);
  }));
});

test("diffText() counts the other way round what it counts", () => {
  fc.assert(fc.property(texts, texts, (was, now) => {
    const [there, back] = [diffText(was, now, openBounds()), diffText(now, was, openBounds())];
    expect([there?.added, there?.removed]).toEqual([back?.removed, back?.added]);
  }));
});

test("diffText() keeps three equal lines around a change and joins changes that are near", () => {
  const old = Array.from({ length: 40 }, (_, index) => `line ${index + 1}`);
  const now = old.map((line, index) => [4, 8, 30].includes(index) ? `${line} changed` : line);
  const { hunks } = diffText(old.join("\n"), now.join("\n"), openBounds())!;
  expect(hunks.map(({ old, new: recent, lines }) => [old, recent, lines.length])).toEqual([[2, 2, 13], [28, 28, 8]]);
});

test("diffText() marks the words that differ, in lines that replace each other", () => {
  const { hunks } = diffText("const a = fit(rows, 10);", "const a = fit(rows, 12);", openBounds())!;
  const parts = hunks[0]!.lines.map(({ text, marks }) => cutAtMarks(text, marks!).filter(({ marked }) => marked));
  expect(parts.map((found) => found.map(({ text }) => text))).toEqual([["10"], ["12"]]);
  const other = diffText("import a;", "throw new Error();", openBounds())!;
  expect(other.hunks[0]!.lines.map(({ marks }) => marks)).toEqual([undefined, undefined]);
});

test("diffText() is bounded: long lines are cut, many are counted, what cannot be aligned is replaced", () => {
  const many = (word: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${word}${index}`).join("\n");
  const large = diffText("", many("x", 1_000_000), openBounds())!;
  expect([large.added, large.hunks[0]!.lines.length, large.more]).toEqual([1_000_000, 400, 999_600]);
  const different = diffText(many("a", 50_000), many("b", 50_000), openBounds())!;
  expect([different.aligned, different.added, different.removed]).toEqual([false, 50_000, 50_000]);
  const wide = diffText("a", "b".repeat(5_000_000), openBounds())!;
  expect(wide.hunks[0]!.lines.map(({ text }) => text.length)).toEqual([1, 2001]);
});

test("diffText() sees a last line break, and line breaks of another kind", () => {
  for (const [was, now] of [["a", "a\n"], ["a\nb", "a\r\nb"], ["", "\n"]] as const) {
    expect(diffText(was, now, openBounds())).not.toBe(null);
  }
});
