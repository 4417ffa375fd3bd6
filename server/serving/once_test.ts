import { expect, test } from "vitest";
import { createOnce } from "./once.ts";
import { Problem } from "../http/mod.ts";

function counter() {
  let count = 0;
  return () => Promise.resolve(++count);
}

test("createOnce() answers a repeated key with the first answer", async () => {
  const once = createOnce(), work = counter();
  const both = await Promise.all([once.run("e", "k", "{}", work), once.run("e", "k", "{}", work)]);
  expect(both).toEqual([1, 1]);
  expect(await once.run("other", "k", "{}", work)).toBe(2);
  expect(await once.run("e", "l", "{}", work)).toBe(3);
});

test("createOnce() refuses a key for another request and a key of no length", () => {
  const once = createOnce();
  once.run("e", "k", "1", counter());
  expect(() => once.run("e", "k", "2", counter())).toThrow(Problem);
  expect(() => once.run("e", "k", "2", counter())).toThrow("must not be used again with another request");
  expect(() => once.run("e", "", "2", counter())).toThrow("must have 1 to 255 characters: got 0");
});

test("createOnce() forgets failures, the old, and the oldest past its size", async () => {
  let now = 0;
  const once = createOnce({ maxEntries: 2, keepMs: 10, nowMs: () => now });
  await expect(once.run("e", "k", "1", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  const work = counter();
  expect(await once.run("e", "k", "1", work)).toBe(1);
  now = 10;
  expect(await once.run("e", "k", "1", work)).toBe(2);
  for (const key of ["l", "m", "n"]) await once.run("e", key, "1", work);
  expect(await once.run("e", "k", "1", work)).toBe(6);
});
