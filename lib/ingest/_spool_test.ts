import { afterAll, expect, test } from "vitest";
import { TruncatedError } from "../bus/mod.ts";
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

test("sealPart() refuses a bus that ends before the end that it told", async () => {
  const sealing = sealPart(busOf(BATCHES.slice(0, 2)), { ...range, to: 10 }, dir);
  await expect(sealing).rejects.toThrow(TruncatedError);
  await expect(sealing).rejects.toThrow(
    'Cannot read "t" as partition 0 must reach the end that it told: it ends at offset 9, got 10; the bus lost records',
  );
  expect([...Deno.readDirSync(dir)]).toEqual([]);
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
  const part = await sealPart(busOf([batchOf(0, [0, 9], [0, 1, 2, 5, 6].map((o) => ({ o, seconds: 1 })))]), {
    ...range,
    to: 9,
  }, dir);
  const file = leaveOut({ ...part.files[0]!, to: 9 }, [1, 2, 5, 9, 12]);
  expect(file.without).toEqual([{ from: 1, to: 3 }, { from: 5, to: 6 }]);
  expect(countOf(file)).toBe(2);
  await removeParts([part]);
});

const alternating = (count: number, days: number) =>
  Array.from({ length: count }, (_, o) => batchOf(0, [o, o + 1], [{ o, seconds: o % days * DAY }]));

test("sealPart() makes one file of each day, however often days alternate", async () => {
  const part = await sealPart(busOf(alternating(999, 3)), { ...range, to: 999 }, dir);
  expect(part).toMatchObject({ from: 0, to: 999, count: 999 });
  expect(part.files.map(({ from, to, frames }) => [from, to, frames.length])).toEqual([
    [0, 997, 333],
    [1, 998, 333],
    [2, 999, 333],
  ]);
  const { frames } = part.files[1]!;
  expect(await linesOf(part.files[1]!, frames[332]!)).toEqual([expect.stringContaining('"o":997,')]);
  expect(
    await Promise.all(
      part.files.map(({ path, frames }) =>
        Deno.stat(path).then(({ size }) => size - frames.reduce((sum, { bytes }) => sum + bytes, 0))
      ),
    ),
  )
    .toEqual([0, 0, 0]);
  await removeParts([part]);
});

test("sealPart() ends where days are too many for one commit, and goes on from there", async () => {
  const bus = busOf(alternating(1000, 500));
  const first = await sealPart(bus, { ...range, to: 1000 }, dir);
  expect(first).toMatchObject({ to: 400, count: 400 });
  const second = await sealPart(bus, { ...range, from: first.to, to: 1000 }, dir);
  expect(second).toMatchObject({ from: 400, to: 800, count: 400 });
  await removeParts([first, second]);
});

test("leaveOut() leaves out of each file what lies in its frames, where days alternate", async () => {
  const part = await sealPart(busOf(alternating(10, 2)), { ...range, to: 10 }, dir);
  const files = part.files.map((file) => leaveOut(file, [3, 4, 5, 9]));
  expect(files.map(({ without }) => without.map(({ from }) => from))).toEqual([[4], [3, 5, 9]]);
  expect(files.map(countOf)).toEqual([4, 2]);
  await removeParts([part]);
});
