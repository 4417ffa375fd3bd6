import { expect, test } from "vitest";
import type { Input } from "../mod.ts";
import { diffInputs } from "./input_change.ts";

const raw = (until: string | undefined, rows: number, ends = 10): Input => {
  return { table: "t", incarnation: "a", ends: { "0": ends }, rows, ...until === undefined ? {} : { until } };
};
const model = (version: string, digest = version): Input => ({ model: "delay", version, digest });
const derived = (version: number, digest = String(version)): Input => ({ table: "by_hour", version, digest });

test.each<[Input | null, Input | null, string]>([
  [
    raw("2001-05-31T23:57:00Z", 416295),
    raw("2001-06-30T23:59:00Z", 457295),
    "x until 2001-05-31 → 2001-06-30, +41,000 rows",
  ],
  [raw("2000-12-31T00:00:00Z", 1), raw("2001-01-01T00:00:00Z", 2), "x until 2000-12-31 → 2001-01-01, +1 row"],
  [
    raw("2001-05-31T01:00:00Z", 5),
    raw("2001-05-31T02:30:00Z", 7),
    "x until 2001-05-31 01:00 → 2001-05-31 02:30, +2 rows",
  ],
  [raw("2001-05-31T01:00:00Z", 5), raw("2001-05-31T01:00:00Z", 4), "x until 2001-05-31, −1 row"],
  [raw("2001-06-30T01:00:00Z", 9), raw("2001-05-31T01:00:00Z", 9, 9), "x until 2001-06-30 → 2001-05-31, as many rows"],
  [raw(undefined, 5, 5), raw(undefined, 9, 9), "x up to offsets 0: 5 → 0: 9, +4 rows"],
  [raw("someday", 5), raw("2001-05-31T01:00:00Z", 5), "x until someday → 2001-05-31, as many rows"],
  [
    raw("2001-05-31", 5),
    { ...raw("2001-05-31", 6), incarnation: "b" },
    "x until 2001-05-31, +1 row, of a topic that was made anew",
  ],
  [model("1"), model("2"), "model delay 1 → delay 2"],
  [model("1"), model("1", "other"), "model delay 1 with other contents"],
  [derived(3), derived(4), "x version 3 → 4"],
  [derived(3), derived(3, "other"), "x version 3 with other contents"],
  [derived(3), raw("2001-05-31", 5), "x version 3 → x until 2001-05-31, 5 rows"],
  [null, derived(3), "now also x version 3"],
  [raw("2001-05-31", 5), null, "no longer x until 2001-05-31, 5 rows"],
])("diffInputs(%j, %j) says %s", (was, now, said) => {
  const found = diffInputs(was ? { x: was } : {}, now ? { x: now } : {});
  expect(found.map(({ text }) => text)).toEqual([said]);
});

test("diffInputs() of equal inputs is empty, and knows names of JavaScript for none", () => {
  expect(diffInputs({ a: model("1"), b: derived(1) }, { b: derived(1), a: model("1") })).toEqual([]);
  expect(diffInputs({}, JSON.parse(`{"__proto__": ${JSON.stringify(model("1"))}}`)).map(({ state }) => state)).toEqual([
    "added",
  ]);
});
