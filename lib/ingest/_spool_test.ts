import { afterAll, expect, test } from "vitest";
import { countOf, leaveOut, linesOf, removeParts, sealPart } from "./_spool.ts";
import { batchOf, busOf } from "./testdata/frames.ts";

const dir = await Deno.makeTempDir();
afterAll(() => Deno.remove(dir, { recursive: true }));

const DAY = 86_400;
const BATCHES = [
  batchOf(0, [0, 5], [{ o: 0, seconds: 1 }, { o: 3, seconds: 2 }]),
  batchOf(0, [5, 9], []),
  batchOf(0, [9, 1_000_000_000_000], [{ o: 10, seconds: 3 }, { o: 999_999_999_999, seconds: 4 }]),
  batchOf(0, [1_000_000_000_000, 1_000_000_000_002], [{ o: 1_000_000_000_000, seconds: DAY + 1 }]),
];
const range = { topic: "t", partition: 0, from: 0, to: 1_000_000_000_002, maxBytes: 1e6 };

test("sealPart() covers what a sparse bus skips, in files of one day each", async () => {
  const part = await sealPart(busOf(BATCHES), range, dir);
  expect(part).toMatchObject({ from: 0, to: 1_000_000_000_002, count: 5 });
  expect(part.files.map(({ day, from, to }) => [day, from, to])).toEqual([
    ["1970-01-01", 0, 1_000_000_000_000],
    ["1970-01-02", 1_000_000_000_000, 1_000_000_000_002],
  ]);
  expect(part.files.map(countOf)).toEqual([4, 1]);
  expect(await linesOf(part.files[0]!, part.files[0]!.frames[1]!)).toHaveLength(2);
  await removeParts([part]);
  expect([...Deno.readDirSync(dir)]).toEqual([]);
});

test("sealPart() counts what is wanted of a batch that reaches further", async () => {
  const part = await sealPart(busOf(BATCHES), { ...range, from: 1, to: 11 }, dir);
  expect(part).toMatchObject({ from: 1, to: 11, count: 2 });
  await removeParts([part]);
});

test("sealPart() ends with a whole batch where the bytes end, and moves on where there is nothing", async () => {
  const part = await sealPart(busOf(BATCHES), { ...range, maxBytes: 1 }, dir);
  expect(part).toMatchObject({ from: 0, to: 5, count: 2 });
  await removeParts([part]);
  expect(await sealPart(busOf(BATCHES), { ...range, from: 5, to: 9 }, dir)).toMatchObject({
    from: 5,
    to: 9,
    count: 0,
    files: [],
  });
});

test("sealPart() leaves no file behind when the bus fails", async () => {
  const bus = busOf(BATCHES);
  async function* read(): AsyncGenerator<unknown> {
    yield BATCHES[0]!;
    await Promise.reject(new Error("the broker is away"));
  }
  await expect(sealPart({ ...bus, read: read as never }, range, dir)).rejects.toThrow("the broker is away");
  expect([...Deno.readDirSync(dir)]).toEqual([]);
});

test("leaveOut() leaves out offsets of the file, neighbours as one range", async () => {
  const part = await sealPart(busOf([batchOf(0, [0, 9], [0, 1, 2, 5, 6].map((o) => ({ o, seconds: 1 })))]), range, dir);
  const file = leaveOut({ ...part.files[0]!, to: 9 }, [1, 2, 5, 9, 12]);
  expect(file.without).toEqual([{ from: 1, to: 3 }, { from: 5, to: 6 }]);
  expect(countOf(file)).toBe(2);
  await removeParts([part]);
});
