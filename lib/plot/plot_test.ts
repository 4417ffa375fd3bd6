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

test.each(Object.entries(FIGURES))(
  "plot() gives %s as one standalone SVG element, the same each time",
  (name, draw) => {
    const svg = draw().outerHTML;
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    expect(svg.match(/<svg/g)).toHaveLength(1);
    expect(svg).not.toMatch(/<(figure|div|span|canvas|style|foreignObject|script|img)\b|class=|var\(--|NaN|undefined/);
    expect(svg).not.toMatch(
      /<image(?![^>]* href="data:image\/png;base64,)|href="(?!#|data:image|https:\/\/example\.org)/,
    );
    expect(svg).toContain(`fill="#fff"/>`);
    const ids = idsOf(svg);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^p[0-9a-f]{8}-\d+$/);
    const used = [...svg.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id!);
    expect([...new Set(used)].sort()).toEqual(ids.toSorted());
    expect(draw().outerHTML).toBe(svg);
    if (name !== "mark_hostile") expect(svg).not.toContain("javascript:");
  },
);

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

test("plot() refuses pictures that a figure would have to load", () => {
  const image = (src: string) => Plot.image(DOTS, { x: "x", y: "y", src: () => src });
  for (const src of ["https://example.org/a.png", "a.png", "data:image/svg+xml,<svg/>"]) {
    expect(() => Plot.plot({ marks: [image(src)] })).toThrow(
      new TypeError(
        `Cannot draw a picture as figures hold all that they show: got "${src}"; give its data, as in "data:image/png;base64,…"`,
      ),
    );
  }
});

test("plot() tells the legends of one figure apart", () => {
  const marks = [Plot.dot(DOTS, { x: "x", y: "y", fill: "x", fillOpacity: "y" })];
  const svg = Plot.plot({ marks, color: { legend: true }, opacity: { legend: true } }).outerHTML;
  expect(svg.match(/<linearGradient/g)).toHaveLength(2);
  expect(new Set(svg.match(/fill="url\(#[^)]+\)"/g)).size).toBe(2);
});

test("plot() makes room for the ticks of a ramp, and leaves out those that have none", () => {
  const labels = (tickFormat: (value: number) => string, width: number) => {
    const color = { type: "linear" as const, legend: true, tickFormat, domain: [0, 4] };
    const svg = Plot.plot({ width, color, marks: [Plot.dot(DOTS, { x: "x", y: "y", fill: "x" })] }).outerHTML;
    return [
      textsOf(svg).filter((text) => /^v/.test(text)).length,
      Number(/<rect x="0" y="18" width="(\d+)"/.exec(svg)![1]),
    ];
  };
  expect(labels((value) => `v${value}`, 640)).toEqual([5, 240]);
  expect(labels((value) => `value ${value} of four`, 640)).toEqual([5, expect.any(Number)]);
  expect(labels((value) => `value ${value} of four`, 640)[1]).toBeGreaterThan(300);
  const [shown, width] = labels((value) => `value ${value} of four or of more than that by far`, 640);
  expect([shown! > 0 && shown! < 5, width]).toEqual([true, 624]);
});

test("plot() writes quantiles with the digits that tell them apart", () => {
  const rows = Array.from({ length: 10 }, (_, x) => ({ x: x / 3 }));
  const draw = (color: Plot.ScaleOptions) =>
    textsOf(
      Plot.plot(
        {
          color: { type: "quantile", n: 3, legend: true, ...color },
          marks: [Plot.dot(rows, { x: "x", fill: "x" })],
        } as Plot.PlotOptions,
      ).outerHTML,
    );
  expect(draw({})).toEqual(expect.arrayContaining(["1", "2"]));
  expect(draw({ n: 4 })).toEqual(expect.arrayContaining(["0.75", "1.5", "2.25"]));
  expect(draw({ tickFormat: ".3f" })).toEqual(expect.arrayContaining(["1.000"]));
});

test("plot() puts a given label over swatches, and swatches of many rows into columns", () => {
  const rows = Array.from({ length: 12 }, (_, at) => ({ x: at, name: `${"a long name ".repeat(1 + at % 3)}${at}` }));
  const draw = (label?: string) =>
    Plot.plot({ color: { legend: true, ...label ? { label } : {} }, marks: [Plot.dot(rows, { x: "x", fill: "name" })] })
      .outerHTML;
  expect(textsOf(draw("airport"))).toContain("airport");
  expect(textsOf(draw())).not.toContain("name");
  const places = [...draw().matchAll(/<g transform="translate\(([\d.]+),[\d.]+\)">\n<g /g)].map(([, x]) => Number(x));
  expect(places.length).toBeGreaterThanOrEqual(12);
  expect(new Set(places.slice(0, 12)).size).toBeLessThan(4);
});

test("plot() keeps the frame of a tip inside the figure", () => {
  const tip = (title: string) => Plot.tip(DOTS.slice(1), { x: "x", y: "y", title: () => title, anchor: "right" });
  const top = (marks: Plot.Markish[]) =>
    Number(
      (Plot.plot({ height: 120, marks: [Plot.dot(DOTS, { x: "x", y: "y" }), ...marks] }).scale("y")!.range as number[])[
        1
      ],
    );
  expect(top([tip("one")])).toBe(top([]));
  // Half of the lines, and the frame around them, stand above the point.
  expect(top([tip("one\ntwo\nthree\nfour")])).toBeGreaterThan(2 * 12 + 10);
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
