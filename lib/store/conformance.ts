import { join } from "node:path";
import { expect, test } from "vitest";
import { getObject, putObject } from "./objects.ts";
import type { Store, StoredObject } from "./store.ts";

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const read = async (store: Store, path: string): Promise<string> => new TextDecoder().decode(await store.get(path));
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error) => error);

async function listed(store: Store, prefix: string): Promise<StoredObject[]> {
  return await Array.fromAsync(store.list(prefix));
}

/**
 * The contract of a store as tests, one suite for every backend.
 *
 * @param open Opens a writable store; every call reaches the same objects, and paths of other tests may be there.
 */
export function storeConformance(open: () => Promise<Store>): void {
  contentConformance(open);
  raceConformance(open);
  listConformance(open);
  refusalConformance(open);
}

function contentConformance(open: () => Promise<Store>): void {
  test("put() and get() carry any bytes", async () => {
    const store = await open(), folder = crypto.randomUUID();
    for (const size of [0, 1, 255, 3_000_000]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 31);
      await store.put(`${folder}/${size}.bin`, bytes);
      expect(await store.get(`${folder}/${size}.bin`)).toEqual(bytes);
    }
  });

  test("put() writes over an older object", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/_last_checkpoint`;
    await store.put(path, text("a longer first text"));
    await store.put(path, text("second"));
    expect(await read(store, path)).toBe("second");
  });

  test("adopt() moves a local file in", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/day=2001-01-01/part-0.parquet`;
    const local = join(await Deno.makeTempDir(), "part.parquet");
    await Deno.writeTextFile(local, "rows");
    await store.adopt(local, path);
    expect(await read(store, path)).toBe("rows");
    expect(await Deno.stat(local).catch((error) => error)).toBeInstanceOf(Deno.errors.NotFound);
  });

  test("localPath() names a file with the object's bytes", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/a.json`;
    await store.put(path, text("{}"));
    expect(await Deno.readTextFile(await store.localPath(path))).toBe("{}");
  });

  test("hold() names files with the objects' bytes, in the order that was asked for", async () => {
    const store = await open(), folder = crypto.randomUUID();
    const paths = ["b", "a"].map((name) => `${folder}/${name}-${crypto.randomUUID()}.parquet`);
    for (const path of paths) await store.put(path, text(path));
    await using held = await store.hold([...paths, paths[0]!]);
    const read = await Promise.all(held.files.map((file) => Deno.readTextFile(file)));
    expect(read).toEqual([...paths, paths[0]]);
    expect(held.files.slice(0, 2)).toEqual(paths.map((path) => join(store.localDir, path)));
    await using none = await store.hold([]);
    expect(none.files).toEqual([]);
    const error = await rejection(store.hold([paths[0]!, `${folder}/missing`, `${folder}/also`])) as Error;
    expect(error).toBeInstanceOf(Deno.errors.NotFound);
    expect(error.message).toContain(`Cannot get "${folder}/missing" as it must exist`);
  });

  test("delete() removes an object, also one that is gone", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/a`;
    await store.put(path, text("a"));
    expect(await store.exists(path)).toBe(true);
    await store.delete(path);
    await store.delete(path);
    expect(await store.exists(path)).toBe(false);
  });

  test("putObject() and getObject() go by the hash of the content", async () => {
    const store = await open();
    const digest = await putObject(store, text(`content ${crypto.randomUUID()}`));
    expect(await putObject(store, await store.get(`objects/${digest}`))).toBe(digest);
    expect(await getObject(store, digest)).toEqual(await store.get(`objects/${digest}`));
  });

  test("getObject() refuses bytes of another hash", async () => {
    const store = await open(), digest = await putObject(store, text(crypto.randomUUID()));
    await store.put(`objects/${digest}`, text("changed"));
    const error = await rejection(getObject(store, digest)) as Error;
    expect(error.message).toMatch(new RegExp(`^Cannot get object as its bytes must have the hash ${digest}: `));
    await store.delete(`objects/${digest}`);
  });
}

function raceConformance(open: () => Promise<Store>): void {
  test("putIfAbsent() keeps the first object", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/_delta_log/00000000000000000000.json`;
    expect(await store.putIfAbsent(path, text("first"))).toBe(true);
    expect(await store.putIfAbsent(path, text("second"))).toBe(false);
    expect(await read(store, path)).toBe("first");
  });

  test("putIfAbsent() lets exactly one of many callers win", async () => {
    const stores = await Promise.all([open(), open(), open(), open()]), folder = crypto.randomUUID();
    for (let version = 0; version < 20; version++) {
      const path = `${folder}/${version}.json`;
      const won = await Promise.all(stores.map((store, i) => store.putIfAbsent(path, text(`writer ${i}`))));
      expect(won.filter((one) => one)).toHaveLength(1);
      expect(await read(stores[0]!, path)).toBe(`writer ${won.indexOf(true)}`);
    }
  });

  test("get() never sees half of an object that is put over and over", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/state`;
    const versions = ["a", "b"].map((letter) => text(letter.repeat(200_000)));
    await store.put(path, versions[0]!);
    const writing = (async () => {
      for (let i = 0; i < 30; i++) await store.put(path, versions[i % 2]!);
    })();
    for (let i = 0; i < 60; i++) expect(new Set(await store.get(path)).size).toBe(1);
    await writing;
  });
}

function listConformance(open: () => Promise<Store>): void {
  test("list() yields what starts with the prefix, in the order of whole paths", async () => {
    const store = await open(), folder = crypto.randomUUID();
    const paths = ["a/1.json", "a/b=2/3.json", "a-b/c.json", "a.json", "b/1.json", "a/1.jsonl"].map((p) =>
      `${folder}/${p}`
    );
    for (const path of paths) await store.put(path, text(path));
    const all = await listed(store, `${folder}/`);
    expect(all.map(({ path }) => path)).toEqual([...paths].sort());
    expect(all.map(({ bytes }) => bytes)).toEqual(all.map(({ path }) => path.length));
    expect((await listed(store, `${folder}/a/1`)).map(({ path }) => path.slice(37))).toEqual(["a/1.json", "a/1.jsonl"]);
    expect((await listed(store, `${folder}/a`)).map(({ path }) => path)).toHaveLength(5);
    expect(await listed(store, `${folder}/none/`)).toEqual([]);
    expect(Math.abs(Date.now() - all[0]!.modifiedMs)).toBeLessThan(120_000);
  });

  test("list() yields what comes after a path, however that path relates to the prefix", async () => {
    const store = await open(), folder = crypto.randomUUID();
    const paths = ["a-b/c", "a/1", "a/b=2/3", "a/b=2/4", "a0", "b/1"].map((path) => `${folder}/${path}`);
    for (const path of paths) await store.put(path, text("x"));
    const afters = [
      "",
      ...paths,
      "0",
      "z",
      folder,
      `${folder}/`,
      `${folder}/a`,
      `${folder}/a/b=2`,
      `${folder}/a/b=2/35`,
    ];
    for (const prefix of [`${folder}/`, `${folder}/a`, `${folder}/a/b`]) {
      for (const after of afters) {
        const found = await Array.fromAsync(store.list(prefix, { after }), ({ path }) => path);
        const wanted = paths.filter((path) => path.startsWith(prefix) && path > after);
        expect(found, `${prefix} after ${after}`).toEqual(wanted);
      }
    }
  });

  test("folders() names each folder once, and no object", async () => {
    const store = await open(), folder = crypto.randomUUID();
    const paths = ["a/1", "a/2", "a-b/c/d", "a.json", "B/1"];
    for (const path of paths) await store.put(`${folder}/${path}`, text("x"));
    expect(await store.folders(`${folder}/`)).toEqual(["B", "a", "a-b"]);
    expect(await store.folders(`${folder}/a-b/`)).toEqual(["c"]);
    expect(await store.folders(`${folder}/none/`)).toEqual([]);
    expect(await store.folders("")).toContain(folder);
    for (const bad of ["a", "/", "../", "a//"]) expect(await rejection(store.folders(bad))).toBeInstanceOf(RangeError);
  });

  test("list() reads the whole store for an empty prefix", async () => {
    const store = await open(), path = `${crypto.randomUUID()}.json`;
    await store.put(path, text("x"));
    expect((await listed(store, "")).map((object) => object.path)).toContain(path);
  });
}

function refusalConformance(open: () => Promise<Store>): void {
  test("get(), localPath() and getObject() refuse what is not there", async () => {
    const store = await open(), folder = crypto.randomUUID(), digest = "0".repeat(64);
    await store.put(`${folder}/a`, text("a"));
    const tries = [
      store.get(`${folder}/b`),
      store.get(folder),
      store.get(`${folder}/a/b`),
      store.localPath(`${folder}/b`),
      store.localPath(folder),
      getObject(store, digest),
    ];
    for (const error of await Promise.all(tries.map(rejection))) {
      expect(error).toBeInstanceOf(Deno.errors.NotFound);
      expect((error as Error).message).toMatch(/^Cannot get ".+" as it must exist: nothing at ".+"$/);
    }
    expect(await store.exists(folder)).toBe(false);
    expect(await store.exists(`${folder}/a/b`)).toBe(false);
  });

  test("adopt() refuses a local file that is not there", async () => {
    const store = await open(), path = `${crypto.randomUUID()}/part.parquet`;
    const error = await rejection(store.adopt(join(await Deno.makeTempDir(), "missing"), path));
    expect(error).toBeInstanceOf(Deno.errors.NotFound);
    expect(await store.exists(path)).toBe(false);
  });

  test("every verb refuses a path that breaks the rules", async () => {
    const store = await open();
    const verbs: ((path: string) => unknown)[] = [
      store.get,
      store.localPath,
      store.exists,
      store.delete,
      (path) => store.put(path, text("x")),
      (path) => store.putIfAbsent(path, text("x")),
      (path) => store.adopt("/nowhere", path),
    ];
    for (const [path, rule] of BAD_PATHS) {
      for (const verb of verbs) {
        const error = await rejection((async () => await verb(path))());
        expect(error, path).toBeInstanceOf(RangeError);
        expect((error as Error).message).toContain(`Cannot name object as its path ${rule}`);
      }
    }
  });

  test("list() refuses a prefix that no path can start with", async () => {
    const store = await open();
    for (const prefix of ["/a", "a//b", "../a", "a b", "./"]) {
      const error = await rejection((async () => await listed(store, prefix))());
      expect(error, prefix).toBeInstanceOf(RangeError);
    }
  });

  test("putObject() and getObject() refuse what is no digest", async () => {
    const store = await open();
    for (const digest of ["", "abc", "../" + "0".repeat(61), "A".repeat(64)]) {
      const error = await rejection(getObject(store, digest)) as Error;
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toBe(
        `Cannot name object as its digest must be 64 hexadecimal digits: got ${JSON.stringify(digest)}`,
      );
    }
  });
}

const BAD_PATHS: readonly (readonly [string, string])[] = [
  ["", "must not be empty"],
  ["/etc/passwd", "must be relative, with one / between names"],
  ["a//b", "must be relative, with one / between names"],
  ["a/", "must be relative, with one / between names"],
  ["../lake", `must not hold ".."`],
  ["a/../../b", `must not hold ".."`],
  ["./a", `must not hold "."`],
  ["a b", "must consist of A-Z a-z 0-9 . _ = / -"],
  ["a%20b", "must consist of A-Z a-z 0-9 . _ = / -"],
  ["a\\b", "must consist of A-Z a-z 0-9 . _ = / -"],
  ["é", "must consist of A-Z a-z 0-9 . _ = / -"],
  ["a\0b", "must consist of A-Z a-z 0-9 . _ = / -"],
  ["a\n", "must consist of A-Z a-z 0-9 . _ = / -"],
  ["a/.tmp-1", `must not hold a name that starts with ".tmp-"`],
  ["a".repeat(1025), "must be at most 1024 bytes long"],
];
