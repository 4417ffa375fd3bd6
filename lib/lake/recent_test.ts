import { expect, test } from "vitest";
import { recent } from "./_recent.ts";

test("recent() makes the value of a key once, and forgets the key that was asked for longest ago", async () => {
  const made: string[] = [];
  const values = recent<string>(2);
  const get = (key: string) => values.get(key, () => Promise.resolve(`${key}${made.push(key)}`));
  for (const key of ["a", "b", "a", "c", "a", "b"]) await get(key);
  expect(made).toEqual(["a", "b", "c", "b"]);
  expect(await get("a")).toBe("a1");
});

test("recent() does not remember a failure", async () => {
  const values = recent<number>(2);
  await expect(values.get("a", () => Promise.reject(new RangeError("Cannot")))).rejects.toThrow(RangeError);
  expect(await values.get("a", () => Promise.resolve(1))).toBe(1);
});
