import { expect, test } from "vitest";
import { createQueue } from "./queue.ts";

test("createQueue() handles one item after the other, in order", async () => {
  const log: string[] = [];
  const all = Promise.withResolvers<void>();
  const queue = createQueue<number>(async (item) => {
    log.push(`begin ${item}`);
    await Promise.resolve();
    log.push(`end ${item}`);
    if (item === 3) all.resolve();
  });
  [1, 2, 3].forEach(queue.push);
  await all.promise;
  expect(log).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
});

test("take() takes out what waits and matches, not what is handled", async () => {
  const handled: number[] = [];
  const all = Promise.withResolvers<void>();
  const queue = createQueue<number>(async (item) => {
    handled.push(item);
    await Promise.resolve();
    if (item === 4) all.resolve();
  });
  [1, 2, 3, 4].forEach(queue.push);
  expect(queue.take((item) => item % 2 === 1)).toEqual([3]);
  await all.promise;
  expect(handled).toEqual([1, 2, 4]);
});
