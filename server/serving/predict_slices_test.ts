import { expect, test } from "vitest";
import { StepFailure } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { predictSlices } from "./predict_slices.ts";

/** A model that doubles, holding the thread for so many milliseconds a row. */
function slow(msPerRow: number, sizes: number[] = []) {
  return {
    name: "slow",
    version: "1",
    // deno-lint-ignore no-explicit-any -- any input that predict takes
    predict(input: any): Promise<number[]> {
      const values = input.x as number[];
      sizes.push(values.length);
      const end = performance.now() + msPerRow * values.length;
      while (performance.now() < end);
      return Promise.resolve(values.map((value) => value * 2));
    },
  };
}
const columns = (count: number) => ({ x: Array.from({ length: count }, (_, i) => i) });

test("predictSlices() answers all rows in order, fewer at a time the slower the model is", async () => {
  const fast: number[] = [], heavy: number[] = [];
  const doubled = (count: number) => columns(count).x.map((value) => value * 2);
  expect(await predictSlices(slow(0, fast), columns(5_000), 5_000, 60_000)).toEqual(doubled(5_000));
  expect(await predictSlices(slow(1, heavy), columns(100), 100, 60_000)).toEqual(doubled(100));
  expect(fast.length).toBeLessThan(100);
  expect(heavy[0]).toBe(64);
  expect(Math.max(...heavy.slice(1))).toBeLessThanOrEqual(5);
  expect(await predictSlices(slow(0), columns(0), 0, 60_000)).toEqual([]);
});

test("predictSlices() ends when the time is over, before the rest is computed", async () => {
  const sizes: number[] = [];
  const error = await predictSlices(slow(1, sizes), columns(10_000), 10_000, 100).catch((error) => error);
  expect(error).toBeInstanceOf(StepFailure);
  expect([error.outcome, error.message]).toEqual(["timeout", "no answer within 100 ms"]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_000);
});

test.each<[string, Json[]]>([
  ["a value", [1, NaN]],
  ["a list", [[1, 2], [1, -Infinity]]],
  ["a record", [{ minutes: [1] }, { minutes: [NaN] }]],
])("predictSlices() refuses %s that is not finite, as JSON has no word for it", async (_, answers) => {
  const model = { name: "odd", version: "2", predict: () => Promise.resolve(answers) };
  await expect(predictSlices(model, columns(2), 2, 60_000)).rejects.toThrow(
    'model "odd@2" answered row 1 with a number that is not finite',
  );
});
