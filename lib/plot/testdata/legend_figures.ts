import * as Plot from "../mod.ts";

const SALES = Array.from({ length: 40 }, (_, index) => ({
  x: index,
  y: 10 * Math.sin(index / 4) + index / 4,
  size: (index * 37) % 100,
  share: ((index * 13) % 40) / 40,
  kind: ["early", "on time", "late", "cancelled"][index % 4]!,
}));
const dots = (options: Plot.DotOptions) => Plot.dot(SALES, { x: "x", y: "y", r: 5, ...options });
const colored = (color: Plot.ScaleOptions & { legend?: boolean }, fill: Plot.ChannelValueSpec = "size") => () =>
  Plot.plot({ height: 220, color: { legend: true, ...color }, marks: [dots({ fill })] });

/** One figure for each kind of legend, by the name of its golden file. */
export const LEGEND_FIGURES: Readonly<Record<string, () => Plot.Figure>> = {
  legend_swatches: colored({ label: "how it arrived" }, "kind"),
  legend_many_swatches: () => {
    const rows = Array.from(
      { length: 24 },
      (_, index) => ({ x: index, y: index % 5, airport: `Airport of city number ${index}` }),
    );
    return Plot.plot({
      height: 220,
      color: { legend: true },
      marks: [Plot.dot(rows, { x: "x", y: "y", fill: "airport" })],
    });
  },
  legend_ordinal_ramp: () => {
    const color = {
      type: "ordinal" as const,
      scheme: "blues" as const,
      legend: "ramp" as const,
      label: "hour",
      domain: [1, 2, 3, 4, 5, 6],
    };
    return Plot.plot({ height: 220, color, marks: [dots({ fill: (d) => 1 + d.x % 6 })] });
  },
  legend_continuous: colored({ label: "minutes" }),
  legend_sequential: colored({ scheme: "YlGnBu", label: "share of all flights", percent: true }, "share"),
  legend_diverging: colored({ type: "diverging", scheme: "RdBu", label: "earlier or later (minutes)", pivot: 0 }, "y"),
  legend_threshold: colored({ type: "threshold", domain: [20, 50, 80], scheme: "Oranges", label: "minutes" }),
  legend_quantile: colored({ type: "quantile", n: 5, scheme: "Purples", label: "minutes, fifths of all flights" }),
  legend_quantize: colored({ type: "quantize", n: 6, scheme: "Greens", label: "minutes" }),
  legend_log: colored(
    { type: "log", scheme: "viridis", label: "flights" },
    (d: { size: number }) => 10 ** (d.size / 20),
  ),
  legend_long_ticks: colored(
    { label: "flights since 1 January 2001, cancelled ones among them", tickFormat: ".2f" },
    (d: { size: number }) => d.size * 1e6,
  ),
  legend_symbol: () =>
    Plot.plot({ height: 220, symbol: { legend: true }, marks: [dots({ symbol: "kind", stroke: "currentColor" })] }),
  legend_symbol_color: () =>
    Plot.plot({ height: 220, symbol: { legend: true }, marks: [dots({ symbol: "kind", stroke: "kind" })] }),
  legend_opacity: () =>
    Plot.plot({ height: 220, opacity: { legend: true, label: "minutes" }, marks: [dots({ fill: "black", fillOpacity: "size" })] }),
  legend_all: () =>
    Plot.plot({
      title: "Every legend at once",
      subtitle: "symbols, colours and opacity, one below the other",
      caption: "No flight was hurt.",
      height: 220,
      symbol: { legend: true },
      color: { legend: true, label: "minutes" },
      opacity: { legend: true, label: "flights" },
      marks: [dots({ symbol: "kind", fill: "size", fillOpacity: (d) => 20 + d.size })],
    }),
  alone_swatches: () => Plot.legend({ color: { domain: ["early", "on time", "late"] } }),
  alone_ramp: () => Plot.legend({ color: { type: "linear", domain: [0, 90], label: "minutes", scheme: "YlOrRd" } }),
  alone_threshold: () =>
    Plot.legend({ color: { type: "threshold", domain: [15, 60], scheme: "YlOrRd", label: "minutes" } }),
  alone_symbol: () =>
    Plot.legend({ symbol: { domain: ["early", "late"] }, stroke: "currentColor" } as Plot.LegendScales),
  alone_opacity: () => Plot.legend({ opacity: { type: "linear", domain: [0, 1], label: "share" } }),
};
