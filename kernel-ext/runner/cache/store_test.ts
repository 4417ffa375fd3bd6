import { afterEach, beforeEach, expect, test } from "vitest";
import { type CellEntry, entryText } from "./entry.ts";
import { openStore } from "./store.ts";

let folder: string;
let notes: string[];
beforeEach(async () => {
  folder = await Deno.makeTempDir({ prefix: "boathouse-cache-" });
  notes = [];
});
afterEach(() => Deno.remove(folder, { recursive: true }));

const SECRET = "s".repeat(32);
const keyOf = (n: number) => String(n).padStart(64, "0");
const ENTRY: CellEntry = {
  outputs: [{ output_type: "stream", name: "stdout", text: "hi\n" }],
  inputs: [{ name: "t", table: "t", version: 1, digest: "d" }],
  values: "[1]",
};
const open = (options = {}) => openStore({ folder, secret: SECRET, note: (line) => notes.push(line), ...options });

test("a store gives what was written, and nothing where nothing is", async () => {
  const store = open();
  expect(await store.read(keyOf(1))).toBeNull();
  expect(await store.write(keyOf(1), ENTRY)).toBeNull();
  expect(await store.read(keyOf(1))).toEqual(ENTRY);
  expect(notes).toEqual([]);
});

const good = entryText(keyOf(1), ENTRY, SECRET);
const shaped = (entry: unknown) => entryText(keyOf(1), entry as CellEntry, SECRET);

test.each<[string, string, RegExp]>([
  ["empty", "", /cut off, altered/],
  ["cut off", good.slice(0, -5), /cut off, altered/],
  ["altered", good.replace("hi", "ho"), /cut off, altered/],
  ["longer", `${good}x`, /cut off, altered/],
  ["of another cell", entryText(keyOf(2), ENTRY, SECRET), /cut off, altered/],
  ["of another workbench", entryText(keyOf(1), ENTRY, "t".repeat(32)), /cut off, altered/],
  ["no object", shaped(5), /another shape/],
  ["without outputs", shaped({ inputs: [], values: "[]" }), /another shape/],
  ["an error output", shaped({ ...ENTRY, outputs: [{ output_type: "error" }] }), /another shape/],
  ["values that are no list", shaped({ ...ENTRY, values: "alert()" }), /another shape/],
  [
    "with more keys",
    shaped(JSON.parse(`{"outputs":[],"inputs":[],"values":"[]","__proto__":{"a":1}}`)),
    /another shape/,
  ],
  ["with a hostile name", shaped({ ...ENTRY, inputs: [JSON.parse(`{"name":"t","__proto__":{}}`)] }), /another shape/],
])("a store does not use a file that is %s, and says so", async (_what, text, reason) => {
  await Deno.writeTextFile(`${folder}/${keyOf(1)}.json`, text);
  expect(await open().read(keyOf(1))).toBeNull();
  expect(notes).toEqual([expect.stringMatching(reason)]);
  expect(notes[0]).toMatch(/^what is kept as "0{12}…" is not used: /);
  expect(({} as Record<string, unknown>).a).toBeUndefined();
});

test("a store reads no folders, links or files without end", async () => {
  await Deno.mkdir(`${folder}/${keyOf(1)}.json`);
  await Deno.symlink("/dev/zero", `${folder}/${keyOf(2)}.json`);
  for (const n of [1, 2]) expect(await open().read(keyOf(n))).toBeNull();
  expect(notes).toEqual([expect.stringContaining("it is no file"), expect.stringContaining("it is no file")]);
});

test("a store refuses what is too large, and a folder that it cannot write to", async () => {
  expect(await open({ maxEntryBytes: 100 }).write(keyOf(1), ENTRY)).toMatch(
    /^its results are \d+ bytes, and may be 100$/,
  );
  await Deno.writeTextFile(`${folder}/plain`, "");
  expect(await open({ folder: `${folder}/plain` }).write(keyOf(1), ENTRY)).toMatch(/cannot be written to/);
  expect([...Deno.readDirSync(folder)].map(({ name }) => name)).toEqual(["plain"]);
});

test("a store removes what was used longest ago, and leaves what is not its own", async () => {
  const bytes = new TextEncoder().encode(good).length;
  const store = open({ maxBytes: 3 * bytes });
  await Deno.writeTextFile(`${folder}/notes.txt`, "mine");
  for (const n of [1, 2, 3]) {
    await store.write(keyOf(n), ENTRY);
    await Deno.utime(`${folder}/${keyOf(n)}.json`, n, n);
  }
  await store.read(keyOf(1));
  await store.write(keyOf(4), ENTRY);
  const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  expect(left).toEqual([`${keyOf(1)}.json`, `${keyOf(3)}.json`, `${keyOf(4)}.json`, "notes.txt"]);
});

test("many writers and readers of one entry never see a part of it", async () => {
  const large = { ...ENTRY, values: `[${JSON.stringify("x".repeat(200_000))}]` };
  const stores = Array.from({ length: 8 }, () => open());
  await stores[0]!.write(keyOf(1), large);
  await Promise.all(stores.flatMap((store) =>
    Array.from({ length: 10 }, async () => {
      expect(await store.write(keyOf(1), large)).toBeNull();
      expect(await store.read(keyOf(1))).toEqual(large);
    })
  ));
  expect(notes).toEqual([]);
  expect([...Deno.readDirSync(folder)]).toHaveLength(1);
});
