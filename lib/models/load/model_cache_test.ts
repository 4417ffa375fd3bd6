import { expect, test } from "vitest";
import { type Cached, modelCache } from "./model_cache.ts";

interface Content extends Cached {
  key: string;
}

/** What was opened and disposed of, in order. */
function setup(mostBytes: number) {
  const log: string[] = [];
  const cache = modelCache<Content>(mostBytes);
  const open = (key: string, bytes: number) => () => {
    log.push(`open ${key}`);
    return Promise.resolve({ key, bytes, [Symbol.asyncDispose]: () => Promise.resolve(void log.push(`close ${key}`)) });
  };
  const hold = (key: string, bytes = 10) => cache.hold(key, open(key, bytes));
  const use = async (key: string, bytes = 10) => await (await hold(key, bytes))[Symbol.asyncDispose]();
  return { log, cache, hold, use };
}

test("modelCache() disposes of what was not used for longest once the bound is passed", async () => {
  const { log, use } = setup(30);
  for (const key of ["a", "b", "c", "a", "d"]) await use(key);
  expect(log).toEqual(["open a", "open b", "open c", "open d", "close b"]);
  await use("b");
  expect(log.slice(5)).toEqual(["open b", "close c"]);
});

test("modelCache() keeps what is held, and disposes of it when it is released and too much", async () => {
  const { log, hold, use } = setup(10);
  const held = await hold("a"), again = await hold("a");
  for (const key of ["b", "c"]) await use(key);
  expect(log).toEqual(["open a", "open b", "open c", "close b"]);
  const third = await hold("d");
  expect(log.splice(4)).toEqual(["open d", "close c"]);
  await third[Symbol.asyncDispose]();
  await held[Symbol.asyncDispose]();
  await held[Symbol.asyncDispose]();
  expect(log).toHaveLength(4);
  await again[Symbol.asyncDispose]();
  expect(log.slice(4)).toEqual(["close a"]);
});

test("modelCache() keeps what was used last, however large it is", async () => {
  const { log, use } = setup(10);
  for (const key of ["a", "a", "a"]) await use(key, 1000);
  expect(log).toEqual(["open a"]);
  await use("b", 1);
  expect(log).toEqual(["open a", "open b", "close a"]);
});

test("modelCache() opens once however many ask at once, and again after it failed", async () => {
  const { log, cache, hold } = setup(10);
  const all = await Promise.all(Array.from({ length: 20 }, () => hold("a")));
  expect(new Set(all.map(({ value }) => value)).size).toBe(1);
  expect(log).toEqual(["open a"]);
  let tries = 0;
  const fail = () => Promise.reject(new Error(`try ${++tries}`));
  const failed = await Promise.allSettled([cache.hold("b", fail), cache.hold("b", fail)]);
  expect(failed.map((one) => (one as PromiseRejectedResult).reason.message)).toEqual(["try 1", "try 1"]);
  await expect(cache.hold("b", fail)).rejects.toThrow("try 2");
  expect((await hold("b")).value.key).toBe("b");
});

test("modelCache() that is disposed of closes what is idle at once, what is held when it is released, and opens nothing", async () => {
  const { log, cache, hold, use } = setup(100);
  const held = await hold("a");
  await use("b");
  const late = hold("c");
  await cache[Symbol.asyncDispose]();
  expect(log).toEqual(["open a", "open b", "open c", "close b"]);
  await held[Symbol.asyncDispose]();
  await (await late)[Symbol.asyncDispose]();
  expect(log.slice(4)).toEqual(["close a", "close c"]);
  await expect(hold("d")).rejects.toThrow("Cannot use a model as its registry was closed");
});

test("modelCache() refuses a bound that is no number of bytes", () => {
  for (const bound of [-1, NaN]) expect(() => modelCache(bound)).toThrow(`cacheBytes must be at least 0: got ${bound}`);
});
