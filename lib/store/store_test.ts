import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { storeConformance } from "./conformance.ts";
import { openStore, putObject, type Store } from "./mod.ts";

const folders: string[] = [];
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error) => error);
const open = (dir: string): Promise<Store> => openStore({ kind: "directory", dir });

function temporary(parent?: string): string {
  const dir = Deno.makeTempDirSync(parent === undefined ? {} : { dir: parent });
  if (parent === undefined) folders.push(dir);
  return dir;
}

/** A file system of its own, where this user may mount one. */
function mountTmpfs(size: string): { dir: string; run(...args: string[]): boolean } | null {
  const dir = temporary();
  const run = (command: string, ...args: string[]): boolean => {
    try {
      return new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
    } catch {
      return false;
    }
  };
  return run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", dir) ? { dir, run } : null;
}

const shared = temporary();
storeConformance(() => open(shared));

const disk = mountTmpfs("1m");

afterAll(async () => {
  if (disk) expect(disk.run("umount", disk.dir)).toBe(true);
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
});

test("openStore() makes the folder, is writable and names its url", async () => {
  const dir = join(temporary(), "a", "lake");
  const store = await open(dir);
  expect([store.url, store.writable, store.readOnlyReason]).toEqual([`file:${dir}`, true, null]);
  expect([...Deno.readDirSync(dir)]).toEqual([]);
});

test.skipIf(Deno.build.os !== "linux")("a store keeps no file open", async () => {
  const dir = temporary(), store = await open(dir);
  await store.put("a/0", text("x"));
  await Array.fromAsync(store.list(""));
  const targets = [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
    try {
      return Deno.readLinkSync(`/proc/self/fd/${name}`);
    } catch {
      return ""; // the handle of this very listing
    }
  });
  expect(targets.filter((target) => target.startsWith(dir))).toEqual([]);
});

test("openStore() refuses a path where a file is, or lies in the way", async () => {
  const dir = temporary();
  Deno.writeTextFileSync(join(dir, "file"), "x");
  for (const path of [join(dir, "file"), join(dir, "file", "lake")]) {
    const error = await rejection(open(path)) as Error;
    expect(error.constructor).toBe(Error);
    expect(error.message).toContain(`Cannot open store "file:${path}" as it must be a folder that can be read: `);
    expect(error.message).toContain(`name another one under "lake" in boathouse.yaml`);
  }
});

test("the first write sweeps temporary files that are older than an hour, and no other file", async () => {
  const dir = temporary(), deep = join(dir, "tables", "flights", "_delta_log");
  Deno.mkdirSync(deep, { recursive: true });
  const old = new Date(Date.now() - 3_700_000);
  for (const name of [".tmp-old", ".tmp-new", "0.json"]) {
    Deno.writeTextFileSync(join(deep, name), "x");
    if (name !== ".tmp-new") Deno.utimeSync(join(deep, name), old, old);
  }
  const store = await open(dir), names = () => [...Deno.readDirSync(deep)].map(({ name }) => name).sort();
  await Array.fromAsync(store.list(""));
  expect(names()).toEqual([".tmp-new", ".tmp-old", "0.json"]);
  await store.put("a", text("x"));
  expect(names()).toEqual([".tmp-new", "0.json"]);
});

test("writes leave no temporary file, also when they are refused", async () => {
  const dir = temporary(), store = await open(dir);
  await store.putIfAbsent("a/0", text("x"));
  await store.putIfAbsent("a/0", text("y"));
  await store.put("a/1", text("x"));
  await rejection(store.put("a/0/b", text("x")));
  await rejection(store.put("a", text("x")));
  expect([...Deno.readDirSync(join(dir, "a"))].map(({ name }) => name).sort()).toEqual(["0", "1"]);
  expect([...Deno.readDirSync(dir)].map(({ name }) => name)).toEqual(["a"]);
});

test("put(), putIfAbsent() and adopt() name the file that cannot be written", async () => {
  const dir = temporary(), store = await open(dir), local = join(temporary(), "part");
  Deno.writeTextFileSync(local, "x");
  await store.put("a/0", text("x"));
  for (
    const [path, write] of [
      ["a/0/b", (path: string) => store.put(path, text("x"))],
      ["a/0/b/c", (path: string) => store.putIfAbsent(path, text("x"))],
      ["a", (path: string) => store.putIfAbsent(path, text("x"))],
      ["a/0/b", (path: string) => store.adopt(local, path)],
    ] as const
  ) {
    const error = await rejection(write(path)) as Error;
    expect(error.constructor, path).toBe(Error);
    expect(error.message).toMatch(/^Cannot (put|adopt) "/);
    expect(error.message).toContain(`"${join(dir, path)}" as the file system must take it: `);
  }
  expect(Deno.readTextFileSync(local)).toBe("x");
  expect(new TextDecoder().decode(await store.get("a/0"))).toBe("x");
});

test("list() and get() follow a link to another folder, and list() leaves out what no path can name", async () => {
  const dir = temporary(), elsewhere = temporary(), store = await open(dir);
  Deno.writeTextFileSync(join(elsewhere, "0.json"), "x");
  Deno.symlinkSync(elsewhere, join(dir, "tables"));
  Deno.symlinkSync(join(dir, "nowhere"), join(dir, "broken"));
  for (const name of ["a b", "é", ".tmp-1"]) Deno.writeTextFileSync(join(dir, name), "x");
  expect((await Array.fromAsync(store.list(""))).map(({ path }) => path)).toEqual(["tables/0.json"]);
  expect(new TextDecoder().decode(await store.get("tables/0.json"))).toBe("x");
});

test("four processes that race for versions win each once", async () => {
  const dir = temporary(), script = new URL("./testdata/racer.ts", import.meta.url).pathname;
  const racers = [0, 1, 2, 3].map((name) =>
    new Deno.Command(Deno.execPath(), { args: ["run", "-A", script, dir, String(name), "100"], stdout: "piped" })
      .output()
  );
  const wins = (await Promise.all(racers)).map(({ stdout }) =>
    JSON.parse(new TextDecoder().decode(stdout)) as number[]
  );
  expect(wins.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  const store = await open(dir);
  for (const [name, versions] of wins.entries()) {
    for (const version of versions) expect((await store.get(`log/${version}.json`))[0]).toBe(name);
  }
});

const skipReason = disk ? "" : " (skipped: this user may not mount a file system)";

test.skipIf(!disk)(`a full disk is named, and nothing half-written stays${skipReason}`, async () => {
  const dir = temporary(disk!.dir), store = await open(dir);
  await store.put("a/kept", text("kept"));
  for (const write of [store.put, store.putIfAbsent]) {
    const error = await rejection(write("a/large", new Uint8Array(2_000_000))) as Error;
    expect(error.constructor).toBe(Error);
    expect(error.message).toBe(
      `Cannot put "${join(dir, "a/large")}" as the file system must take it: No space left on device (os error 28); ` +
        `free space on that disk`,
    );
  }
  expect([...Deno.readDirSync(join(dir, "a"))].map(({ name }) => name)).toEqual(["kept"]);
  await store.put("a/next", text("fits"));
});

test.skipIf(!disk)(`adopt() copies from another disk, then removes the local file${skipReason}`, async () => {
  const dir = temporary(), store = await open(dir), local = join(temporary(disk!.dir), "part.parquet");
  Deno.writeFileSync(local, new Uint8Array(100_000).fill(7));
  await store.adopt(local, "tables/a/part.parquet");
  expect(await store.get("tables/a/part.parquet")).toEqual(new Uint8Array(100_000).fill(7));
  expect(Array.from(Deno.readDirSync(join(dir, "tables/a")), ({ name }) => name)).toEqual(["part.parquet"]);
  expect(await rejection(Deno.stat(local))).toBeInstanceOf(Deno.errors.NotFound);
});

test.skipIf(!disk)(`a read-only disk opens read-only, with the reason${skipReason}`, async () => {
  const dir = temporary(disk!.dir);
  const digest = await putObject(await open(dir), text("kept"));
  expect(disk!.run("mount", "-o", "remount,ro", disk!.dir)).toBe(true);
  try {
    const store = await open(dir);
    expect([store.writable, store.readOnlyReason]).toEqual([false, expect.stringContaining("Read-only file system")]);
    expect(new TextDecoder().decode(await store.get(`objects/${digest}`))).toBe("kept");
    for (const write of [() => store.put("a", text("x")), () => store.adopt("/a", "a"), () => store.delete("a")]) {
      const error = await rejection(write()) as Error;
      expect(error.message).toMatch(
        /^Cannot (put|adopt|delete) .*as the store "file:.*" is read-only: .*Read-only file/,
      );
    }
  } finally {
    disk!.run("mount", "-o", "remount,rw", disk!.dir);
  }
});

test("hold() takes any name of a file below the folder, as other programs choose their own", async () => {
  const dir = temporary(), store = await open(dir);
  await Deno.writeTextFile(join(dir, "a b:é%20.parquet"), "x");
  await using held = await store.hold(["a b:é%20.parquet"]);
  expect(held.files).toEqual([join(dir, "a b:é%20.parquet")]);
  for (const path of ["../x", "a/../../x", "", "a//b", "./a"]) {
    expect(await rejection(store.hold([path])), path).toBeInstanceOf(RangeError);
  }
  expect(await rejection(store.hold(["é"]))).toBeInstanceOf(Deno.errors.NotFound);
});
