import { expect, test } from "vitest";
import * as Plot from "./mod.ts";
import { FIGURES } from "./testdata/figures.ts";

const DOTS = [{ x: 1, y: 2 }, { x: 3, y: 4 }];

function textsOf(svg: string): string[] {
  return [...svg.matchAll(/>([^<>\n]+)</g)].map(([, text]) => text!);
}

function idsOf(svg: string): string[] {
  return [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
}

test.each(Object.entries(FIGURES))("plot() draws %s as its golden", async (name, draw) => {
  const golden = await Deno.readTextFile(new URL(`./testdata/${name}.svg`, import.meta.url));
  expect(`${draw()}\n`).toBe(golden);
});

test.each(Object.entries(FIGURES))("plot() gives %s as one standalone SVG element", (_name, draw) => {
  const svg = draw().outerHTML;
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 640 \d+"/);
  expect(svg.match(/<svg/g)).toHaveLength(1);
  expect(svg).not.toMatch(/<(figure|div|span|canvas|image|style|foreignObject)\b|class=|var\(--|NaN|undefined/);
  expect(svg).toContain(`fill="#fff"/>`);
  for (const id of idsOf(svg)) expect(id).toMatch(/^p[0-9a-f]{8}-\d+$/);
  for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(idsOf(svg)).toContain(id);
});

test("plot() keeps every label inside the figure", () => {
  for (const draw of Object.values(FIGURES)) {
    const svg = draw().outerHTML;
    expect(svg).toContain(`width="640"`);
  }
  const long = Plot.plot({
    marks: [Plot.barX([{ name: "a very long name of a route indeed", n: 1 }], { x: "n", y: "name" })],
  });
  const short = Plot.plot({ marks: [Plot.barX([{ name: "a", n: 1 }], { x: "n", y: "name" })] });
  const start = (figure: Plot.Figure) => Number((figure.scale("x")!.range as number[])[0]);
  expect(start(long)).toBeGreaterThan(start(short) + 150);
});

test("plot() widens the figure where the options fix a margin that is too small", () => {
  const figure = Plot.plot({
    marginLeft: 20,
    marks: [Plot.barX([{ name: "a very long name of a route indeed", n: 1 }], { x: "n", y: "name" })],
  });
  expect((figure.scale("x")!.range as number[])[0]).toBe(20);
  expect(Number(/ width="(\d+)"/.exec(figure.outerHTML)![1])).toBeGreaterThan(800);
});

test("plot() turns crowded labels of a band scale, unless told not to", () => {
  const rows = Array.from({ length: 20 }, (_, index) => ({ route: `Airport ${index}–Airport`, n: index }));
  const marks = () => [Plot.barY(rows, { x: "route", y: "n" })];
  expect(Plot.plot({ marks: marks() }).outerHTML).toContain("rotate(-40)");
  expect(Plot.plot({ x: { tickRotate: 0 }, marks: marks() }).outerHTML).not.toContain("rotate(");
});

test("plot() gives ids by content: equal for equal figures, different for others", () => {
  const draw = (n: number) =>
    Plot.plot({ clip: true, marks: [Plot.dot(DOTS.slice(0, n), { x: "x", y: "y" })] }).outerHTML;
  expect(draw(2)).toBe(draw(2));
  expect(idsOf(draw(2))).toHaveLength(1);
  expect(idsOf(draw(2))).not.toEqual(idsOf(draw(1)));
});

test("plot() draws a continuous legend as a gradient", () => {
  const figure = Plot.plot({ color: { legend: true }, marks: [Plot.dot(DOTS, { x: "x", y: "y", fill: "y" })] });
  expect(figure.outerHTML).toContain("<linearGradient");
  expect(figure.outerHTML.match(/<stop /g)).toHaveLength(33);
  expect(textsOf(figure.outerHTML)).toEqual(expect.arrayContaining(["y", "2.0", "4.0"]));
});

test("plot() draws legends of symbols, opacity and thresholds", () => {
  const marks = [Plot.dot(DOTS, { x: "x", y: "y", symbol: "x", fillOpacity: "y", fill: "x" })];
  const figure = Plot.plot({
    marks,
    symbol: { legend: true },
    opacity: { legend: true, label: "share" },
    color: { type: "threshold", domain: [2], legend: true },
  });
  expect(figure.outerHTML).toContain("stop-opacity");
  expect(textsOf(figure.outerHTML)).toEqual(expect.arrayContaining(["1", "3", "share", "2"]));
});

test("plot() escapes texts and drops links that run code", () => {
  const rows = [{ x: 1, y: 1, label: `<script>alert("1")</script> & more\u0000`, link: "javascript:alert(1)" }];
  const figure = Plot.plot({
    title: `<img src=x onerror="alert(1)">`,
    ariaLabel: `"><script>`,
    marks: [Plot.text(rows, { x: "x", y: "y", text: "label", href: "link" })],
  });
  expect(figure.outerHTML).not.toMatch(/<script|<img|javascript:/);
  expect(figure.outerHTML).not.toContain("\u0000");
  expect(figure.outerHTML).toContain("&lt;script&gt;alert(&quot;1&quot;)".replaceAll("&quot;", `"`));
  expect(figure.title).toBe(`<img src=x onerror="alert(1)">`);
});

test("plot() lays out a tip that is not interactive", () => {
  const figure = Plot.plot({ marks: [Plot.tip(DOTS, { x: "x", y: "y", title: () => "the worst hour" })] });
  expect(figure.outerHTML).toContain("the worst hour</tspan>");
  expect(figure.outerHTML).not.toContain("visibility");
  expect(Object.hasOwn(globalThis, "requestAnimationFrame")).toBe(false);
});

test("plot() refuses marks that need pixels", () => {
  const raster = Plot.raster(DOTS, { x: "x", y: "y", fill: "y" });
  expect(() => Plot.plot({ marks: [raster] })).toThrow(
    new TypeError(
      "Cannot draw a raster as figures are SVG without pixels: got a raster mark; use Plot.cell, Plot.rect or Plot.contour",
    ),
  );
});

test("plot() shows as SVG, with its title or what is drawn against what as text", () => {
  const display = (figure: Plot.Figure) => figure[Symbol.for("Jupyter.display")]!();
  const titled = Plot.plot({ title: "Delay", marks: [] });
  expect(display(titled)).toEqual({ "image/svg+xml": titled.outerHTML, "text/plain": "Delay" });
  expect(String(titled)).toBe(titled.outerHTML);
  const plain = Plot.plot({ x: { label: "hour" }, y: { label: "delay" }, marks: [Plot.dot(DOTS, { x: "x", y: "y" })] });
  expect(plain.title).toBe("delay by hour");
  expect(Plot.plot().title).toBe("Plot");
});

test("plot() does not change the options", () => {
  const options = Object.freeze({
    title: "Delay",
    color: Object.freeze({ legend: true }),
    marks: Object.freeze([Plot.dot(DOTS, { x: "x", y: "y", fill: "x" })]) as Plot.Markish[],
  });
  expect(Plot.plot(options).outerHTML).toBe(Plot.plot(options).outerHTML);
});

test("a mark's own plot() gives a figure too", () => {
  const figure = Plot.dot(DOTS, { x: "x", y: "y" }).plot({ height: 200 }) as unknown as Plot.Figure;
  expect(figure.outerHTML).toBe(Plot.plot({ height: 200, marks: [Plot.dot(DOTS, { x: "x", y: "y" })] }).outerHTML);
});

test("legend() draws a legend alone", () => {
  const svg = Plot.legend({ color: { type: "linear", domain: [0, 10], label: "minutes" } }).outerHTML;
  expect(svg).toContain("<linearGradient");
  expect(textsOf(svg)).toEqual(expect.arrayContaining(["minutes", "0", "10"]));
  expect(() => Plot.legend({})).toThrow(new Error("unknown legend type; no scale found"));
});

test("plot() keeps the label of an axis apart from its ticks", () => {
  const draw = (delay: number) =>
    Plot.plot({ y: { label: "delay" }, marks: [Plot.barY([{ day: "Mon", delay }], { x: "day", y: "delay" })] });
  const top = (figure: Plot.Figure) => Number((figure.scale("y")!.range as number[])[1]);
  expect(top(draw(40))).toBeGreaterThan(top(draw(39)));
});
