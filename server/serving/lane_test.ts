import { expect, test } from "vitest";
import type { Message, Producer } from "../../lib/bus/mod.ts";
import { type Item, type Lane, openLane } from "./lane.ts";

interface Append {
  values: unknown[];
  producer: Producer;
}

function lane(answer: (append: Append, nth: number) => void = () => {}) {
  const appends: Append[] = [], settled: string[] = [];
  const closing = new AbortController();
  const lane = openLane({
    producer: "p",
    signal: closing.signal,
    append(messages: Message[], producer) {
      const append = { values: messages.map(({ value }) => value), producer };
      appends.push(append);
      return Promise.resolve().then(() => answer(append, appends.length));
    },
  });
  const item = (value: number, more: Partial<Item> = {}): Item => ({
    message: { key: null, eventTimeMicros: null, value },
    bytes: 10,
    urgent: false,
    settle: (error, lost) => settled.push(`${value} ${error?.message ?? "ok"}${lost ? " lost" : ""}`),
    ...more,
  });
  const put = (count: number, to: Lane = lane) => {
    for (let i = 0; i < count; i++) to.put(item(i));
  };
  return { lane, appends, settled, item, put, closing };
}

test("openLane() batches what comes within the wait", async () => {
  const { lane: it, appends, put, settled } = lane();
  put(3);
  expect(appends).toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(appends).toEqual([{ values: [0, 1, 2], producer: { id: "p", sequence: 0 } }]);
  expect(settled).toEqual(["0 ok", "1 ok", "2 ok"]);
  put(1);
  await it.drain();
  expect(appends[1]!.producer.sequence).toBe(3);
});

test("openLane() writes at once what is urgent, or much", async () => {
  const one = lane();
  await new Promise<void>((resolve) => one.lane.put(one.item(1, { urgent: true, settle: () => resolve() })));
  expect(one.appends).toHaveLength(1);
  const much = lane();
  much.put(1200);
  await much.lane.drain();
  expect(much.appends.map(({ values }) => values.length)).toEqual([500, 500, 200]);
});

test("openLane() cuts batches by bytes", async () => {
  const { lane: it, item, appends } = lane();
  for (let i = 0; i < 3; i++) it.put(item(i, { bytes: 3 * 1024 * 1024 }));
  await it.drain();
  expect(appends.map(({ values }) => values)).toEqual([[0], [1], [2]]);
});

test("openLane() tries exactly a failed batch again before anything newer", async () => {
  const { lane: it, item, appends, settled } = lane((_, nth) => {
    if (nth < 3) throw new Error("away");
  });
  it.put(item(0, { urgent: true }));
  it.put(item(1));
  await it.drain();
  expect(appends.map(({ values, producer }) => [values, producer.sequence])).toEqual([
    [[0], 0],
    [[0], 0],
    [[0], 0],
    [[1], 1],
  ]);
  expect(settled).toEqual(["0 away", "0 away", "0 ok", "1 ok"]);
});

test("openLane() loses only the message that the bus refuses", async () => {
  const { lane: it, appends, put, settled } = lane(({ values }) => {
    if (values.includes(2)) throw new RangeError("too large");
  });
  put(5);
  await it.drain();
  expect(settled.toSorted()).toEqual(["0 ok", "1 ok", "2 too large lost", "3 ok", "4 ok"]);
  expect(appends.filter(({ values }) => !values.includes(2)).map(({ values, producer }) => [values, producer.sequence]))
    .toEqual([[[0, 1], 0], [[3, 4], 2]]);
});

test("openLane() gives up when there is no more time", async () => {
  const { lane: it, put, settled, closing } = lane(() => {
    throw new Error("away");
  });
  put(1);
  const drained = it.drain();
  await new Promise((resolve) => setTimeout(resolve, 20));
  closing.abort();
  await drained;
  expect(settled.at(-1)).toBe("0 away lost");
});
