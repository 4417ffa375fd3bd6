import * as Plot from "../mod.ts";

const POINTS = [{ x: 1, y: 2, name: "ORD" }, { x: 3, y: 4, name: "LGA" }, { x: 4, y: 1, name: "ATL" }];
/** A red square of 4 pixels. */
const PNG =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAADklEQVR4nGO4a2MDRwwkcQC8WBSBMYVBiQAAAABJRU5ErkJggg==";

type Element = { setAttribute(name: string, value: string): void; append(...children: Element[]): void };
type Draw = { document: { createElementNS(space: string, name: string): Element } };

/** Elements that a mark of one's own draws. */
function element(
  { document }: Draw,
  name: string,
  attributes: Record<string, string>,
  ...children: Element[]
): Element {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const fills: Plot.Markish = (_index, _scales, _values, _dimensions, context) => {
  const draw = context as unknown as Draw;
  const stop = (offset: string, color: string) => element(draw, "stop", { offset, "stop-color": color });
  const stripe = element(draw, "path", { d: "M0,6L6,0", stroke: "#7a4b00", "stroke-width": "1.5" });
  return element(
    draw,
    "defs",
    {},
    element(
      draw,
      "linearGradient",
      { id: "fade", gradientTransform: "rotate(90)" },
      stop("0", "#1f5fa8"),
      stop("1", "#d7e6f5"),
    ),
    element(draw, "pattern", { id: "stripes", width: "6", height: "6", patternUnits: "userSpaceOnUse" }, stripe),
  ) as never;
};

/** One figure for each kind of mark that needs more than shapes, by the name of its golden file. */
export const MARK_FIGURES: Readonly<Record<string, () => Plot.Figure>> = {
  mark_images: () =>
    Plot.plot({
      height: 200,
      y: { domain: [0, 5] },
      marks: [
        Plot.image(POINTS, { x: "x", y: "y", src: () => PNG, width: 24 }),
        Plot.text(POINTS, { x: "x", y: "y", text: "name", dy: 20 }),
      ],
      inset: 24,
    }),
  mark_images_round: () =>
    Plot.plot({ height: 200, inset: 24, marks: [Plot.image(POINTS, { x: "x", y: "y", src: () => PNG, r: 14 })] }),
  mark_clip: () =>
    Plot.plot({
      height: 200,
      x: { domain: [1, 3] },
      y: { domain: [1, 4] },
      clip: true,
      marks: [
        Plot.frame(),
        Plot.areaY(POINTS, { x: "x", y: "y", fill: "#9bbbe0" }),
        Plot.lineY(POINTS, { x: "x", y: "y" }),
      ],
    }),
  mark_fills: () =>
    Plot.plot({
      height: 200,
      marks: [fills, Plot.barY(POINTS, { x: "name", y: "y", fill: (d) => d.y > 1 ? "url(#fade)" : "url(#stripes)" })],
    }),
  mark_tip: () =>
    Plot.plot({
      height: 240,
      grid: true,
      marks: [
        Plot.dot(POINTS, { x: "x", y: "y" }),
        Plot.tip(POINTS.slice(1, 2), {
          x: "x",
          y: "y",
          title: (d) => `${d.name}\nthe latest of all\n${d.y} minutes`,
          anchor: "right",
        }),
      ],
    }),
  mark_tip_channels: () =>
    Plot.plot({
      height: 240,
      marks: [
        Plot.dot(POINTS, { x: "x", y: "y" }),
        Plot.tip(POINTS.slice(0, 1), { x: "x", y: "y", channels: { airport: "name" }, anchor: "left" }),
      ],
    }),
  mark_arrow: () =>
    Plot.plot({
      height: 200,
      inset: 20,
      marks: [
        Plot.arrow([{ x1: 1, y1: 2, x2: 3, y2: 4 }], { x1: "x1", y1: "y1", x2: "x2", y2: "y2", bend: true }),
        Plot.lineY(POINTS, { x: "x", y: "y", marker: "arrow" }),
      ],
    }),
  mark_hostile: () =>
    Plot.plot({
      title: `<img src=x onerror="alert(1)"> & "quotes" ' ]]> <!--`,
      subtitle: "</text></svg><script>alert(1)</script>",
      caption: "javascript:alert(1) &#106; \u0000\u202e right to left",
      height: 200,
      color: { legend: true, label: "<script>" },
      x: { label: `</text><script>alert("x")</script>` },
      y: { label: "a & b" },
      marks: [
        Plot.barY(["<b>bold</b>", "a&b", `"q'`, "]]>"].map((name, at) => ({ name, n: at + 1 })), {
          x: "name",
          y: "n",
          fill: "name",
          title: "name",
          href: () => "javascript:alert(1)",
        }),
        Plot.text([{ name: "a&b", n: 2 }], {
          x: "name",
          y: "n",
          text: () => "</svg><script>",
          dy: -8,
          href: () => 'https://example.org/?a=1&b="',
        }),
      ],
    }),
};
