import fc from "fast-check";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import type { DomElement } from "./_document.ts";
import { placeTexts, textWidth, wrapText } from "./_measure.ts";

function svg(inner: string): DomElement {
  const { document } = parseHTML(`<svg>${inner}</svg>`) as unknown as { document: { firstElementChild: DomElement } };
  return document.firstElementChild;
}

test("textWidth() grows with the text and the font", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => textWidth(a + b, 12) >= textWidth(a, 12) - 1e-9));
  expect(textWidth("Wednesday", 24)).toBeCloseTo(2 * textWidth("Wednesday", 12));
  expect(textWidth("遅延", 10)).toBe(20);
});

test("wrapText() keeps all words, and lines within the width where a word fits", () => {
  fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/)), (words) => {
    const lines = wrapText(words.join(" "), 80, 12);
    expect(lines.join(" ")).toBe(words.join(" "));
    for (const line of lines) expect(line.includes(" ") && textWidth(line, 12) > 80).toBe(false);
  }));
});

test("placeTexts() follows transforms, anchors and ems", () => {
  const [text] = placeTexts(svg(`<g transform="translate(100,50)" text-anchor="end"><text y="1em">ab</text></g>`), 10);
  expect(text!.box.right).toBe(100);
  expect(text!.box.left).toBeCloseTo(100 - textWidth("ab", 10));
  expect(text!.box.bottom).toBeCloseTo(62.4);
});

test("placeTexts() turns boxes and reads lines of tspans", () => {
  const [turned] = placeTexts(svg(`<text transform="rotate(-90)" text-anchor="start">abcd</text>`), 10);
  expect(turned!.box.top).toBeCloseTo(-textWidth("abcd", 10));
  const lines = placeTexts(svg(`<text><tspan x="0">a</tspan><tspan x="0" dy="1em">b</tspan></text>`), 10);
  expect(lines.map(({ text }) => text)).toEqual(["a", "b"]);
  expect(lines[1]!.box.top - lines[0]!.box.top).toBeCloseTo(10);
});

test("placeTexts() leaves out what is not drawn", () => {
  expect(placeTexts(svg(`<defs><text>a</text></defs><text> </text>`), 10)).toEqual([]);
});
