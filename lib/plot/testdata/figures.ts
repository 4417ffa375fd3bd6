import * as Plot from "../mod.ts";
import { LEGEND_FIGURES } from "./legend_figures.ts";
import { MARK_FIGURES } from "./mark_figures.ts";

const HOURS = Array.from({ length: 20 }, (_, index) => {
  return { hour: index + 4, delay: index * 0.9 + 3 * Math.sin(index), flights: 1000 + index * 37 };
});
const AIRPORTS = ["ORD", "LGA", "ATL"];
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const ROUTES = ["Chicago O'Hare–New York LaGuardia", "Honolulu–Los Angeles", "Atlanta–Dallas", "Seattle–Miami"];

const DAILY = AIRPORTS.flatMap((airport, at) => {
  return Array.from({ length: 30 }, (_, index) => ({
    airport,
    date: new Date(Date.UTC(2001, 0, 1 + index * 5)),
    delay: 5 + at * 3 + 4 * Math.sin(index / 3 + at),
  }));
});
const WEEK = DAYS.flatMap((day, at) => {
  return Array.from({ length: 24 }, (_, hour) => ({ day, hour, delay: (hour * (at + 1)) % 17 }));
});
const LATE = ROUTES.map((route, index) => ({ route, delay: 20 - index * 2.5 }));

/** One figure of each kind that a report has, by the name of its golden file. */
export const FIGURES: Readonly<Record<string, () => Plot.Figure>> = {
  bars: () =>
    Plot.plot({
      title: "Delay grows through the day",
      x: { label: "scheduled hour" },
      y: { label: "mean delay (minutes)", grid: true },
      marks: [Plot.barY(HOURS, { x: "hour", y: "delay" }), Plot.ruleY([0])],
    }),
  lines: () =>
    Plot.plot({
      color: { legend: true },
      y: { label: "delay (minutes)", grid: true },
      marks: [Plot.lineY(DAILY, { x: "date", y: "delay", stroke: "airport" })],
    }),
  dots: () =>
    Plot.plot({
      color: { legend: true, scheme: "viridis", label: "flights" },
      marks: [Plot.frame(), Plot.dot(HOURS, { x: "hour", y: "delay", fill: "flights", r: 5, clip: true })],
    }),
  facets: () =>
    Plot.plot({
      title: "Every airport has its week",
      color: { legend: true },
      x: { label: null },
      marks: [
        Plot.frame(),
        Plot.barY(
          AIRPORTS.flatMap((airport, at) =>
            DAYS.slice(0, 5).map((day, index) => ({ airport, day, n: at * index + 2 }))
          ),
          {
            fx: "airport",
            x: "day",
            y: "n",
            fill: "day",
          },
        ),
      ],
    }),
  heat: () =>
    Plot.plot({
      title: "Evenings are late on every day of the week",
      padding: 0,
      color: { legend: true, scheme: "YlOrRd", label: "mean delay (minutes)" },
      y: { domain: DAYS, label: null },
      marks: [Plot.cell(WEEK, { x: "hour", y: "day", fill: "delay", inset: 0.5 })],
    }),
  texts: () =>
    Plot.plot({
      title: "The four routes with the longest delays of all the routes that had a thousand flights or more in a month",
      subtitle: "Mean delay in minutes",
      caption:
        "Flights of January to May 2001. <b>Cancelled</b> & diverted flights are left out; a delay below zero is early.",
      x: { label: "minutes", grid: true },
      y: { label: "route" },
      marks: [
        Plot.barX(LATE, { x: "delay", y: "route", sort: { y: "-x" } }),
        Plot.text(LATE, {
          x: "delay",
          y: "route",
          text: (row: { delay: number }) => `${row.delay} minutes`,
          textAnchor: "start",
          dx: 4,
        }),
      ],
    }),
  ...LEGEND_FIGURES,
  ...MARK_FIGURES,
};
