import { expect, test } from "vitest";
import { openPace } from "./commit_pace.ts";

function clock() {
  let ms = 0;
  const slept: number[] = [];
  const sleep = (wait: number) => {
    slept.push(wait);
    ms += wait;
    return Promise.resolve();
  };
  return { slept, now: () => ms, sleep, pass: (wait: number) => ms += wait };
}

test("openPace() lets five commits of a table through in a second, and others of other tables", async () => {
  const { slept, now, sleep, pass } = clock();
  const pace = openPace({ now, sleep });
  for (let i = 0; i < 5; i++) await pace.turn("a");
  await pace.turn("b");
  expect(slept).toEqual([]);
  pass(300);
  await pace.turn("a");
  expect(slept).toEqual([700]);
  pass(2000);
  await pace.turn("a");
  expect(slept).toEqual([700]);
});

test("openPace() waits at random after a conflict, longer after each, until a commit wins", async () => {
  const { slept, now, sleep } = clock();
  const pace = openPace({ now, sleep, random: () => 0.5, perSecond: 100 });
  for (let i = 0; i < 5; i++) {
    pace.lost("a");
    await pace.turn("a");
  }
  await pace.turn("b");
  pace.won("a");
  await pace.turn("a");
  expect(slept).toEqual([10, 20, 40, 80, 80]);
});
