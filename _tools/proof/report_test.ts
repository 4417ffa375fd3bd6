import { expect, test } from "vitest";
import type { Fault } from "./fault.ts";
import type { ProofRun } from "./prove.ts";
import { proofPage, verdict } from "./report.ts";

const struck: Fault[] = [
  { id: 0, kind: "kill", step: "put", way: "before", skip: 0 },
  { id: 1, kind: "kill", step: "commit", way: "after", skip: 0 },
  { id: 2, kind: "pause", step: "commit", way: "", skip: 0 },
];
const run: ProofRun = {
  seed: 420_000,
  backend: { bus: "sqlite", store: "directory" },
  name: "SQLite and a directory",
  struck,
  truncated: 7,
  compactions: 4,
  judgement: { acknowledged: 10, unacknowledged: 1, rows: 11, lost: [], doubled: [], unknown: [] },
  broken: [],
  errors: new Map(),
  dir: "",
  seconds: 2,
};

test("proofPage() counts faults by kind, step and backend, and says how to do it again", () => {
  const page = proofPage([run], { seed: 42, faults: 2, day: "2001-05-31", versions: { Deno: "2.9.6" }, seconds: 90 });
  expect(page).toContain("`deno task proof --seed 42 --faults 2` on 2001-05-31, 90 s: Deno 2.9.6.");
  const cells = page.split("\n").filter((line) => line.startsWith("|")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  expect(cells.find(([kind]) => kind === "kill")!.slice(1, 7)).toEqual(["", "", "1", "1", "", "2"]);
  expect(cells.find(([kind]) => kind === "all")!.slice(1, 7)).toEqual(["", "", "1", "2", "", "3"]);
  expect(cells.find(([name]) => name === run.name)!.slice(1, 4)).toEqual(["1", "3", "2"]);
});

test("verdict() tells how many records were lost and doubled, and which runs went wrong", () => {
  expect(verdict([run])).toBe(
    "**0 records lost, 0 doubled** in 1 runs with 3 faults: 10 records acknowledged, 11 rows read by delta-rs, " +
      "7 truncated on the bus, 4 compactions beside them. Nothing else was wrong.",
  );
  const wrong = { ...run, judgement: { ...run.judgement, lost: ["0-1"] } };
  expect(verdict([run, wrong])).toMatch(/^\*\*1 records lost, 0 doubled.* \*\*1 runs went wrong\.\*\*$/);
  expect(verdict([{ ...run, broken: ["a gap"] }])).toContain("**1 runs went wrong.**");
});
