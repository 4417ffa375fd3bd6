import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { type Cache, openCache, type Origin } from "./_cache.ts";
import { writeAll } from "./_durable.ts";
import { listFiles } from "./_list.ts";

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => Deno.remove(folder, { recursive: true }))));

interface Setup extends Origin {
  root: string;
  /** Content by path. */
  objects: Map<string, string>;
  /** Paths that were fetched, in order. */
  fetched: string[];
  /** Copies that are there. */
  copies(): Promise<string[]>;
  open(maxBytes?: number): Promise<Cache>;
}

function setup(objects: Record<string, string> = {}): Setup {
  const root = Deno.makeTempDirSync();
  folders.push(root);
  const it: Setup = {
    root,
    objects: new Map(Object.entries(objects)),
    fetched: [],
    head(path) {
      const text = it.objects.get(path);
      return Promise.resolve(text === undefined ? null : { bytes: text.length, etag: `etag of ${text}`, md5: null });
    },
    async fetch(path, file, onSize) {
      it.fetched.push(path);
      const text = it.objects.get(path);
      if (text === undefined) return null;
      await onSize(text.length);
      await writeAll(file, new TextEncoder().encode(text));
      return await it.head(path);
    },
    copies: () => Array.fromAsync(listFiles(root, "", ""), ({ path }) => path),
    open: (maxBytes = 1000) => openCache(join(root), maxBytes, it),
  };
  return it;
}

const name = (n: number): string => `tables/t/${n}0000000-0000-4000-8000-000000000000.parquet`;
const hundred = (n: number): [string, string] => [name(n), String(n).repeat(100)];

/** Makes a copy look as if it was used some minutes ago; whoever was used longer ago goes first. */
function age(it: Setup, path: string, minutes: number): void {
  const then = new Date(Date.now() - minutes * 60_000);
  Deno.utimeSync(join(it.root, path), then, then);
}

test("file() fetches an object once, however many ask at once, and mirrors its path", async () => {
  const it = setup({ [name(1)]: "one" }), cache = await it.open();
  const files = await Promise.all([cache.file(name(1)), cache.file(name(1)), cache.file(name(1))]);
  expect(new Set(files)).toEqual(new Set([join(it.root, name(1))]));
  expect(await Deno.readTextFile(files[0]!)).toBe("one");
  await cache.file(name(1));
  await (await it.open()).file(name(1)); // as another process would
  expect(it.fetched).toEqual([name(1)]);
});

test("file() answers null where there is no object, and leaves nothing", async () => {
  const it = setup(), cache = await it.open();
  expect(await cache.file(name(1))).toBe(null);
  expect(await cache.file("t/_last_checkpoint")).toBe(null);
  expect(await it.copies()).toEqual([]);
  expect([...Deno.readDirSync(join(it.root, ".tmp-cache", "parts"))]).toEqual([]);
});

test("file() asks for the tag of a name that may be given other bytes", async () => {
  const it = setup({ "t/0.checkpoint.parquet": "old" }), cache = await it.open();
  const read = async (of: Cache) => await Deno.readTextFile((await of.file("t/0.checkpoint.parquet"))!);
  expect([await read(cache), await read(cache)]).toEqual(["old", "old"]);
  expect(it.fetched).toHaveLength(1);
  it.objects.set("t/0.checkpoint.parquet", "new");
  expect(await read(cache)).toBe("new");
  it.objects.set("t/0.checkpoint.parquet", "newer");
  expect(await read(await it.open())).toBe("newer"); // another process replaces the copy
  expect(await read(cache)).toBe("newer");
  it.objects.delete("t/0.checkpoint.parquet");
  expect(await cache.file("t/0.checkpoint.parquet")).toBe(null);
});

test("the copies that were used longest ago go first, down to the bound", async () => {
  const it = setup(Object.fromEntries([1, 2, 3, 4].map(hundred))), cache = await it.open(300);
  for (const n of [1, 2, 3]) await cache.file(name(n));
  for (const [n, minutes] of [[1, 5], [2, 9], [3, 7]] as const) age(it, name(n), minutes);
  await cache.file(name(1)); // used again
  await cache.file(name(4));
  expect(await it.copies()).toEqual([name(1), name(4)]); // one more goes, so that the next need not wait
});

test("a hit brings the cache back to its bound too, and keeps what was asked for", async () => {
  const it = setup(Object.fromEntries([1, 2, 3].map(hundred))), large = await it.open(1000);
  for (const n of [1, 2, 3]) await large.file(name(n));
  for (const n of [1, 2, 3]) age(it, name(n), n);
  const cache = await it.open(50); // smaller than any
  await cache.file(name(3));
  expect(await it.copies()).toEqual([name(3)]);
  await large.file(name(1));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
  try {
    await cache.file(name(1));
    expect(await it.copies()).toEqual([name(1)]);
  } finally {
    vi.useRealTimers();
  }
});

test("copies that other programs named count and go like all others", async () => {
  const foreign = "tables/t/k=a b/part%201 0f0e0d0c-0000-4000-8000-000000000000.parquet";
  const it = setup({ [foreign]: "f".repeat(100), ...Object.fromEntries([2].map(hundred)) }), cache = await it.open(150);
  await cache.file(foreign);
  age(it, foreign, 9);
  await cache.file(name(2));
  expect(await Deno.stat(join(it.root, foreign)).catch((error) => error)).toBeInstanceOf(Deno.errors.NotFound);
});

test("what is held, or was named a moment ago, stays whatever the bound", async () => {
  const it = setup(Object.fromEntries([1, 2, 3].map(hundred))), cache = await it.open(150);
  const outcome = await cache.hold([name(1)]);
  if (!("held" in outcome)) throw new Error("it is there");
  expect(outcome.held.files).toEqual([join(it.root, name(1))]);
  age(it, name(1), 9);
  await cache.file(name(2));
  await cache.file(name(3));
  expect(await it.copies()).toEqual([name(1), name(2), name(3)]);
  await outcome.held[Symbol.asyncDispose]();
  await outcome.held[Symbol.asyncDispose]();
  for (const n of [1, 2, 3]) age(it, name(n), 9);
  it.objects.set(...hundred(4));
  await (await it.open(150)).file(name(4));
  expect(await it.copies()).toEqual([name(4)]);
});

test("hold() names the first path without an object, and holds nothing then", async () => {
  const it = setup({ [name(1)]: "1" }), cache = await it.open();
  expect(await cache.hold([name(1), name(2), name(3)])).toEqual({ missing: name(2) });
  await cache.drop(name(1));
  expect(await it.copies()).toEqual([]);
});

test("drop() forgets a copy, but not one that is held", async () => {
  const it = setup({ [name(1)]: "1" }), cache = await it.open();
  const outcome = await cache.hold([name(1)]);
  await cache.drop(name(1));
  expect(await it.copies()).toEqual([name(1)]);
  if ("held" in outcome) await outcome.held[Symbol.asyncDispose]();
  await cache.drop(name(1));
  await cache.drop(name(1));
  expect(await it.copies()).toEqual([]);
});

test("what another process holds stays until it ends, however it ends", async () => {
  const it = setup({ [name(1)]: "111", ...Object.fromEntries([2].map(hundred)) }), cache = await it.open(100);
  const script = new URL("./testdata/holder.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, it.root, name(1)], stdout: "piped" })
    .spawn();
  const reader = child.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("held\n");
  age(it, name(1), 9);
  await cache.file(name(2));
  expect(await it.copies()).toContain(name(1));
  await cache.drop(name(1));
  expect(await it.copies()).toContain(name(1));
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await cache.drop(name(1));
  expect(await it.copies()).toEqual([name(2)]);
  expect([...Deno.readDirSync(join(it.root, ".tmp-cache", "holds"))]).toEqual([]);
});

test("admit() keeps what was just stored, unless it is larger than the cache or may change", async () => {
  const it = setup(), cache = await it.open(300), local = join(it.root, ".tmp-part");
  const admit = async (path: string, bytes: number) => {
    await Deno.writeTextFile(local, "x".repeat(bytes));
    await cache.admit(local, path);
    expect(await Deno.stat(local).catch((error) => error)).toBeInstanceOf(Deno.errors.NotFound);
  };
  await admit(name(1), 100);
  await admit(name(2), 301);
  await admit("t/plain.parquet", 10);
  expect(await it.copies()).toEqual([name(1)]);
  expect(await cache.file(name(1))).toBe(join(it.root, name(1)));
  expect(it.fetched).toEqual([]);
});

test("a failed fetch is not remembered", async () => {
  const it = setup({ [name(1)]: "one" }), cache = await it.open(), fetch = it.fetch;
  it.fetch = () => Promise.reject(new Error("away"));
  await expect(cache.file(name(1))).rejects.toThrow("away");
  await expect(cache.hold([name(1)])).rejects.toThrow("away");
  it.fetch = fetch;
  expect(await cache.file(name(1))).toBe(join(it.root, name(1)));
});

/** A file system of its own, where this user may mount one. */
const disk = Deno.makeTempDirSync();
folders.push(disk);
const mounted = run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk);

function run(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

afterAll(() => void (mounted && run("umount", disk)));

const skipped = mounted ? "" : " (skipped: this user may not mount a file system)";

test.skipIf(!mounted)(`a full disk gives up the copies that nobody uses, then fails by name${skipped}`, async () => {
  const it = { ...setup(), root: join(disk, "cache") };
  for (const n of [1, 2]) it.objects.set(name(n), "x".repeat(150_000));
  it.objects.set(name(3), "x".repeat(300_000));
  const cache = await openCache(it.root, 10_000_000, it);
  await cache.file(name(1));
  age(it, name(1), 9);
  expect(await cache.file(name(2))).toBe(join(it.root, name(2)));
  expect(await Deno.stat(join(it.root, name(1))).catch((error) => error)).toBeInstanceOf(Deno.errors.NotFound);
  await expect(cache.file(name(3))).rejects.toThrow(
    `Cannot copy "${name(3)}" into "${it.root}" as the disk must have room: No space left on device`,
  );
  expect([...Deno.readDirSync(join(it.root, ".tmp-cache", "parts"))]).toEqual([]);
});
