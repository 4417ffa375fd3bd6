import { expect, test } from "vitest";
import { type InputNow, judgeInput } from "./input_now.ts";
import type { RawTableInput } from "./provenance.ts";

const DAY_MS = 86_400_000;
const FRESHNESS = { warnMs: 7 * DAY_MS, failMs: 30 * DAY_MS };
const WAS: RawTableInput = {
  table: "t",
  incarnation: "i",
  ends: { 0: 10, 1: 5 },
  rows: 15,
  until: "2001-05-31T08:00:00Z",
};
const NOW = { ...WAS, ends: { 0: 12, 1: 5 }, rows: 17, until: "2001-06-30T08:00:00Z", readMs: 0, newestMs: 0 };

test.each<[behindMs: number, verdict: string, text: string]>([
  [0, "moved", "flights, 2001-05-31 → 2001-06-30"],
  [90_000, "moved", "flights, 2001-05-31 → 2001-06-30, 1 minute behind"],
  [7 * DAY_MS - 1, "moved", "flights, 2001-05-31 → 2001-06-30, 6 days behind"],
  [7 * DAY_MS, "warn", "flights, 2001-05-31 → 2001-06-30, 7 days behind"],
  [30 * DAY_MS - 1, "warn", "flights, 2001-05-31 → 2001-06-30, 29 days behind"],
  [30 * DAY_MS, "fail", "flights, 2001-05-31 → 2001-06-30, 30 days behind"],
  [-DAY_MS, "moved", "flights, 2001-05-31 → 2001-06-30"],
])("judgeInput() of a topic that is %d ms of bus time behind: %s", (newestMs, verdict, text) => {
  expect(judgeInput("flights", WAS, { ...NOW, newestMs }, FRESHNESS)).toEqual({ verdict, text });
});

test.each<[name: string, now: InputNow, verdict: string, text: string]>([
  ["flights", { ...NOW, until: WAS.until! }, "moved", "flights, 15 rows → 17 rows"],
  ["flights", { ...NOW, ...WAS }, "current", "flights"],
  ["flights@3", { ...NOW, newestMs: 90 * DAY_MS }, "current", "flights@3"],
  ["flights@2001-05-31T00:00:00.000Z", NOW, "current", "flights@2001-05-31T00:00:00.000Z"],
  ["flights", { unknown: "nobody answers" }, "unknown", "flights: nobody answers"],
  [
    "flights",
    { table: "t", version: 1, digest: "a", readDigest: null },
    "moved",
    "flights is another kind of input now",
  ],
])("judgeInput() of %s now %j: %s", (name, now, verdict, text) => {
  expect(judgeInput(name, WAS, now, FRESHNESS)).toEqual({ verdict, text });
});

test("judgeInput() takes an @ in the folder of a foreign table as a part of its name", () => {
  const was = { table: "t", version: 3, digest: "a" };
  const now = { table: "t", version: 4, digest: "b", readDigest: "a" };
  const name = "delta:file:///home/me@work/trips";
  expect(judgeInput(name, was, now, FRESHNESS).verdict).toBe("moved");
  expect(judgeInput(`${name}@3`, was, now, FRESHNESS).verdict).toBe("current");
});
