import { expect, test } from "vitest";
import { useChromium } from "../../_tools/peers/use_chromium.ts";
import { FIGURES } from "./testdata/figures.ts";

const chromium = useChromium();

/** Texts that a browser draws beyond the figure, or over another one of the same ticks. */
const LOST = `(() => {
  const frame = document.querySelector("svg").getBoundingClientRect();
  const texts = [...document.querySelectorAll("text")].filter((text) => text.textContent.trim() !== "");
  const boxOf = (text) => text.getBoundingClientRect();
  const beyond = texts.filter((text) => {
    const { left, right, top, bottom } = boxOf(text);
    return left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1;
  });
  const ticks = texts.filter((text) => text.getAttribute("transform")?.includes("rotate") !== true);
  const over = ticks.filter((text, index) => ticks.slice(0, index).some((other) => {
    const [a, b] = [boxOf(text), boxOf(other)];
    return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;
  }));
  return [...beyond, ...over].map((text) => text.textContent);
})()`;

test("plot() keeps every label of every golden figure inside and apart, as a browser draws it", async () => {
  const page = await chromium().newPage({ viewport: { width: 1200, height: 900 } });
  for (const [name, draw] of Object.entries(FIGURES)) {
    await page.setContent(`<!DOCTYPE html><body style="margin: 50px">${draw()}`);
    expect(await page.evaluate(LOST), name).toEqual([]);
  }
  await page.close();
});
