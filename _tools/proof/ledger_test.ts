import { expect, test } from "vitest";
import { contradictions, judge, openLedger } from "./ledger.ts";

test("openLedger() keeps what was tried and what was acknowledged, by partition", () => {
  const ledger = openLedger();
  ledger.note({ type: "try", partition: 0, from: 0, to: 3 });
  ledger.note({ type: "ack", partition: 0, from: 0, to: 3 });
  ledger.note({ type: "try", partition: 0, from: 3, to: 5 });
  ledger.note({ type: "struck", fault: 1 });
  expect(ledger.progress()).toEqual([{ acknowledged: 3, tried: 5 }, { acknowledged: 0, tried: 0 }]);
});

const PROGRESS = [{ acknowledged: 2, tried: 3 }, { acknowledged: 1, tried: 1 }];

test("judge() finds nothing wrong where acknowledged records are there once, others at most once", () => {
  const fine = { acknowledged: 3, unacknowledged: 1, lost: [], doubled: [], unknown: [] };
  expect(judge(PROGRESS, ["0-0", "0-1", "1-0"])).toEqual({ ...fine, rows: 3 });
  expect(judge(PROGRESS, ["0-0", "0-1", "0-2", "1-0"])).toEqual({ ...fine, rows: 4 });
});

test("judge() names what is lost, doubled and unknown", () => {
  expect(judge(PROGRESS, ["0-0", "0-0", "1-0", "1-1", "2-0"])).toMatchObject({
    lost: ["0-1"],
    doubled: ["0-0"],
    unknown: ["1-1", "2-0"],
  });
  expect(judge(PROGRESS, ["0-0", "0-1", "0-2", "0-2", "1-0"]).doubled).toEqual(["0-2"]);
});

test("contradictions() finds what two ingesters say they moved", () => {
  const claims = [{ partition: 0, from: 5, to: 9 }, { partition: 1, from: 0, to: 9 }, { partition: 0, from: 0, to: 5 }];
  expect(contradictions(claims)).toEqual([]);
  expect(contradictions([...claims, { partition: 0, from: 8, to: 10 }])).toEqual([
    "two ingesters say that they moved [5, 9) and [8, 10) of partition 0",
  ]);
});
