import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeletionVector } from "./action.ts";
import { decodeBase85 } from "./_base85.ts";
import { readDeletionVector } from "./_deletion_vector.ts";
import { freshStore } from "./testdata/delta.ts";

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "testdata", "spark");
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

function base85(bytes: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  let text = "";
  for (let at = 0; at < padded.length; at += 4) {
    const word = view.getUint32(at);
    for (let power = 4; power >= 0; power--) text += ALPHABET[Math.floor(word / 85 ** power) % 85];
  }
  return text;
}

/** Writes a vector; each container as its kind says, a run container wherever the values are. */
function vectorBytes(rows: readonly number[], withRuns: boolean): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  const little = (value: number, bytes: number) => {
    for (let i = 0; i < bytes; i++) out.push(Math.floor(value / 256 ** i) % 256);
  };
  const highs = Map.groupBy(rows, (row) => Math.floor(row / 2 ** 32));
  little(1681511377, 4);
  little(highs.size, 8);
  for (const [high, values] of highs) {
    little(high, 4);
    const containers = [...Map.groupBy(values.map((row) => row % 2 ** 32), (low) => Math.floor(low / 0x10000))];
    if (withRuns) {
      little(12347 + (containers.length - 1) * 0x10000, 4);
      for (let i = 0; i < Math.ceil(containers.length / 8); i++) out.push(255);
    } else {
      little(12346, 4);
      little(containers.length, 4);
    }
    for (const [key, lows] of containers) little(key, 2), little(lows.length - 1, 2);
    if (!withRuns || containers.length >= 4) containers.forEach(() => little(0, 4)); // offsets, which a reader may ignore
    for (const [, lows] of containers) writeContainer(lows.map((low) => low % 0x10000), withRuns, little);
  }
  return new Uint8Array(out);
}

function writeContainer(lows: number[], asRuns: boolean, little: (value: number, bytes: number) => void): void {
  if (asRuns) {
    const runs: [number, number][] = [];
    for (const low of lows) {
      const last = runs.at(-1);
      if (last && last[0] + last[1] + 1 === low) last[1]++;
      else runs.push([low, 0]);
    }
    little(runs.length, 2);
    for (const [start, more] of runs) little(start, 2), little(more, 2);
  } else if (lows.length <= 4096) { for (const low of lows) little(low, 2); }
  else {
    const words = new Uint8Array(8192);
    for (const low of lows) words[low >> 3]! |= 1 << (low & 7);
    for (const byte of words) little(byte, 1);
  }
}

function inline(rows: readonly number[], withRuns: boolean, more: object = {}): DeletionVector {
  const bytes = vectorBytes(rows, withRuns);
  return {
    storageType: "i",
    pathOrInlineDv: base85(bytes),
    sizeInBytes: bytes.length,
    cardinality: rows.length,
    ...more,
  };
}

test("readDeletionVector() reads any rows, in arrays, bitmaps and runs", async () => {
  const { store } = await freshStore();
  const spread = fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 34 }), { minLength: 1, maxLength: 200 });
  const dense = fc.record({
    from: fc.nat(200_000),
    count: fc.integer({ min: 1, max: 9000 }),
    by: fc.integer({ min: 1, max: 3 }),
  })
    .map(({ from, count, by }) => Array.from({ length: count }, (_, i) => from + i * by));
  await fc.assert(
    fc.asyncProperty(fc.oneof(spread, dense), fc.boolean(), async (unsorted, withRuns) => {
      const rows = unsorted.toSorted((a, b) => a - b);
      expect(await readDeletionVector(store, "t", inline(rows, withRuns), "a.parquet")).toEqual(rows);
    }),
    { numRuns: 60 },
  );
  expect(await readDeletionVector(store, "t", inline([], false), "a.parquet")).toEqual([]);
});

test("readDeletionVector() reads the file of Spark that its uuid, and its prefix, name", async () => {
  const { store } = await freshStore();
  const name = "deletion_vector_7f2f3562-3497-416f-ae4f-0dd606cfa6c1.bin";
  const bytes = await Deno.readFile(join(FIXTURES, name));
  const vector = {
    storageType: "u",
    pathOrInlineDv: "E>JV*g)ZHDU1]IT2g6f.",
    offset: 1,
    sizeInBytes: 31419,
    cardinality: 110001,
  };
  const deleted = Array.from({ length: 300_000 }, (_, n) => n).filter((n) =>
    (n % 2 === 0 && n < 200_000) || (n >= 250_000 && n <= 260_000)
  );
  await store.put(`tables/t/${name}`, bytes);
  expect(await readDeletionVector(store, "tables/t", vector, "a.parquet")).toEqual(deleted);
  await store.put(`tables/t/ab/${name}`, bytes);
  const prefixed = { ...vector, pathOrInlineDv: `ab${vector.pathOrInlineDv}` };
  expect(await readDeletionVector(store, "tables/t", prefixed, "a.parquet")).toHaveLength(110001);
  for (const path of [`ab/${name}`, `${store.url}/tables/t/ab/${name}`]) {
    const absolute = { ...vector, storageType: "p", pathOrInlineDv: path };
    expect(await readDeletionVector(store, "tables/t", absolute, "a.parquet")).toHaveLength(110001);
  }
});

test("readDeletionVector() refuses what is damaged, naming the data file", async () => {
  const { store } = await freshStore();
  const bytes = vectorBytes([1, 2], false);
  const file = (crc: number, size = bytes.length) => {
    const whole = new DataView(new ArrayBuffer(1 + 4 + bytes.length + 4));
    whole.setUint32(1, size);
    new Uint8Array(whole.buffer).set(bytes, 5);
    whole.setUint32(5 + bytes.length, crc);
    return new Uint8Array(whole.buffer);
  };
  const good = { storageType: "p", pathOrInlineDv: "good.bin", offset: 1, sizeInBytes: bytes.length, cardinality: 2 };
  await store.put("t/good.bin", file(crc32(bytes)));
  await store.put("t/crc.bin", file(7));
  await store.put("t/size.bin", file(crc32(bytes), 9));
  expect(await readDeletionVector(store, "t", good, "a.parquet")).toEqual([1, 2]);
  const cases: [DeletionVector, string][] = [
    [{ ...good, pathOrInlineDv: "crc.bin" }, "its checksum must be that of its bytes: the file is damaged"],
    [{ ...good, pathOrInlineDv: "size.bin" }, `its size must be ${bytes.length}, got 9`],
    [{ ...good, storageType: "x" }, 'its storage must be u, p or i, got "x"'],
    [{ ...good, pathOrInlineDv: "../good.bin" }, "a data file must lie below the folder of its table"],
    [{ ...good, cardinality: 3 }, "it must delete 3 rows, got 2"],
    [inline([1], false, { pathOrInlineDv: "0000" }), "Base85 must come in fives, got 4 characters"],
    [inline([1], false, { pathOrInlineDv: "00 00" }), '"00 00" must be Base85'],
    [inline([1], false, { pathOrInlineDv: "00000".repeat(9) }), "it must start with 1681511377, got 0"],
    [inline([1, 2, 3], false, { sizeInBytes: 26 }), "Offset is outside the bounds of the DataView"],
  ];
  for (const [vector, message] of cases) {
    await expect(readDeletionVector(store, "t", vector, "a.parquet"), message).rejects.toThrow(message);
    await expect(readDeletionVector(store, "t", vector, "a.parquet")).rejects.toThrow(
      'Cannot read the deletion vector of "a.parquet": ',
    );
  }
  await expect(readDeletionVector(store, "t", { ...good, pathOrInlineDv: "none.bin" }, "a")).rejects.toThrow(
    Deno.errors.NotFound,
  );
});

test("decodeBase85() reads the example of ZeroMQ RFC 32", () => {
  expect(decodeBase85("HelloWorld").toHex()).toBe("864fd26fb559f75b");
});
