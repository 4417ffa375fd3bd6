import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { openWriter } from "./_database.ts";
import { sqliteGuarantees } from "./_sqlite_guarantees.ts";
import { type Bus, DiskReserveError, type Message, openBus } from "./mod.ts";

const folders: string[] = [];
const rejection = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error) => error);
const open = (dir: string): Promise<Bus> => openBus({ kind: "sqlite", dir });

function temporary(): string {
  folders.push(Deno.makeTempDirSync());
  return folders.at(-1)!;
}

function numbered(from: number, count: number, padding = ""): Message[] {
  return Array.from(
    { length: count },
    (_, i) => ({ key: null, eventTimeMicros: null, value: `${from + i} ${padding}` }),
  );
}

function run(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, { args, stderr: "null" }).outputSync().success;
  } catch {
    return false; // not installed, or not allowed
  }
}

const disks = [temporary(), temporary(), temporary()];
const canMount = disks.every((disk, i) => run("mount", "-t", "tmpfs", "-o", `size=${i < 2 ? 4 : 48}m`, "tmpfs", disk));
const skipReason = canMount ? "" : " (skipped: this user may not mount a file system)";

afterAll(async () => {
  if (canMount) expect(disks.every((disk) => run("umount", disk))).toBe(true);
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
});

test("openBus() makes the folder and names its url", async () => {
  const dir = join(temporary(), "lake", "bus");
  await using bus = await open(dir);
  expect(bus.url).toBe(`sqlite:${dir}`);
  expect(await bus.topics()).toEqual([]);
});

test("openWriter() syncs each commit, in a log beside the database", () => {
  const database = openWriter(temporary(), (action) => action());
  expect(database.prepare("pragma synchronous").get()).toEqual({ synchronous: 2 });
  expect(database.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
  database.close();
});

test("guarantees() reads back what it says", async () => {
  const dir = temporary();
  await using bus = await open(dir);
  const guarantees = await bus.guarantees();
  expect(guarantees.map(({ name }) => name)).toEqual([
    "durable before acknowledgement",
    "local disk",
    "disk keeps what it has synced",
    "duplicates of a producer",
    "disk reserve",
  ]);
  expect(guarantees[0]).toMatchObject({
    state: "proved",
    detail:
      "the connection that writes says journal_mode=wal and synchronous=2 (FULL): each commit is synced before it returns",
  });
});

test("sqliteGuarantees() says what is broken, with the way out", () => {
  const dir = temporary(),
    states = (synchronous: number, journalMode: string, reserveBytes: number) =>
      sqliteGuarantees(dir, { synchronous, journalMode }, reserveBytes).map(({ state }) => state);
  expect(states(2, "wal", 0).filter((state) => state !== "promised")[0]).toBe("proved");
  expect([states(1, "wal", 0)[0], states(2, "delete", 0)[0]]).toEqual(["broken", "broken"]);
  expect(sqliteGuarantees(dir, { synchronous: 1, journalMode: "wal" }, 0)[0]!.detail)
    .toBe("the connection that writes says journal_mode=wal and synchronous=1: open the bus again");
  const reserve = sqliteGuarantees(dir, { synchronous: 2, journalMode: "wal" }, Number.MAX_SAFE_INTEGER).at(-1)!;
  expect(reserve.state).toBe("broken");
  expect(reserve.detail).toContain("nothing is published; free space on it");
});

test.skipIf(!canMount)(`guarantees() names a bus that lies in memory${skipReason}`, async () => {
  await using bus = await open(join(disks[2]!, "memory"));
  expect((await bus.guarantees())[1]).toMatchObject({
    name: "local disk",
    state: "broken",
    detail: expect.stringContaining("is on tmpfs, so nothing outlives the machine; move the bus to a local disk"),
  });
});

test("an append is one row with one frame, an append of many megabytes several in one commit", async () => {
  const dir = temporary(), id = crypto.randomUUID();
  await using bus = await open(dir);
  await bus.createTopic("flights");
  await bus.append("flights", 0, numbered(0, 500));
  const large = numbered(0, 40, "x".repeat(250_000));
  expect(await bus.append("flights", 0, large, { id, sequence: 0 })).toMatchObject({ baseOffset: 500, count: 40 });
  const batches = await Array.fromAsync(bus.read("flights", 0, 0));
  expect(batches.map(({ baseOffset, count }) => [baseOffset, count])).toEqual([[0, 500], [500, 16], [516, 16], [
    532,
    8,
  ]]);
  expect(await bus.append("flights", 0, [...large.slice(20), ...numbered(40, 1)], { id, sequence: 20 }))
    .toMatchObject({ baseOffset: 540, count: 1, duplicates: 20 });
  const records = (await Array.fromAsync(bus.read("flights", 0, 500))).flatMap((batch) => batch.records());
  expect(records.map(({ sequence, value }) => [sequence, parseInt(value as string)]))
    .toEqual(Array.from({ length: 41 }, (_, i) => [i, i]));
});

test("append() adds the new tail of messages whose first frames are there already", async () => {
  const id = crypto.randomUUID(), large = numbered(0, 40, "x".repeat(250_000));
  await using bus = await open(temporary());
  await bus.createTopic("flights");
  await bus.append("flights", 0, large.slice(0, 23), { id, sequence: 0 });
  expect(await bus.append("flights", 0, large, { id, sequence: 0 })).toMatchObject({
    baseOffset: 23,
    count: 17,
    duplicates: 23,
  });
  const records = (await Array.fromAsync(bus.read("flights", 0, 0))).flatMap((batch) => batch.records());
  expect(records.map(({ offset, sequence, value }) => [offset, sequence, parseInt(value as string)]))
    .toEqual(Array.from({ length: 40 }, (_, i) => [i, i, i]));
});

test("truncate() frees the rows of many batches and keeps the one that it cuts", async () => {
  const dir = temporary();
  await using bus = await open(dir);
  await bus.createTopic("flights");
  await Promise.all(Array.from({ length: 600 }, (_, i) => bus.append("flights", 0, numbered(i * 2, 2))));
  await bus.commit("lake", "flights", 0, 1_199);
  await bus.truncate("flights", 0, 1_199);
  using database = readDatabase(dir);
  expect(database.prepare("select base, count from batch").all()).toEqual([{ base: 1_198, count: 2 }]);
  expect(
    (await Array.fromAsync(bus.read("flights", 0, 1_199))).flatMap((batch) => batch.records()).map(({ offset }) =>
      offset
    ),
  )
    .toEqual([1_199]);
});

function readDatabase(dir: string): DatabaseSync {
  return new DatabaseSync(join(dir, "bus.db"), { readOnly: true });
}

test("a lock that another process holds is waited for, and the caller's thread goes on", async () => {
  const dir = temporary();
  await using bus = await open(dir);
  await bus.createTopic("flights");
  using other = new DatabaseSync(join(dir, "bus.db"));
  other.exec("begin immediate");
  let ticks = 0, isDone = false;
  const timer = setInterval(() => ticks++, 5);
  const appended = bus.append("flights", 0, numbered(0, 1)).then(() => isDone = true);
  await new Promise((resolve) => setTimeout(resolve, 150));
  clearInterval(timer);
  expect(isDone).toBe(false);
  expect(ticks).toBeGreaterThan(5);
  other.exec("rollback");
  await appended;
});

test("a lock that is never let go is an error in bounded time, and the bus goes on after it", async () => {
  const dir = temporary();
  await using bus = await openBus({ kind: "sqlite", dir }, { lockWaitMs: 50 });
  await bus.createTopic("flights");
  using other = new DatabaseSync(join(dir, "bus.db"));
  other.exec("begin immediate");
  const rule =
    `as the bus in "${dir}" must take it: another process has held its lock for 50 ms; end that process or try again`;
  const tries: [Promise<unknown>, string][] = [
    [bus.append("flights", 0, numbered(0, 1)), `Cannot append to "flights" ${rule}`],
    [bus.createTopic("other"), `Cannot create topic "other" ${rule}`],
    [bus.commit("readers", "flights", 0, 0), `Cannot commit "flights" ${rule}`],
  ];
  const errors = await Promise.all(tries.map(([promise]) => rejection(promise)));
  expect(errors).toEqual(tries.map(([, message]) => new Error(message)));
  other.exec("rollback");
  expect(await bus.append("flights", 0, numbered(0, 1))).toMatchObject({ baseOffset: 0 });
});

test("openBus() waits in bounded time for one that makes the tables, and for nobody once they are there", async () => {
  const dir = temporary();
  using other = new DatabaseSync(join(dir, "bus.db"));
  other.exec("pragma journal_mode = wal; begin immediate");
  expect(await rejection(openBus({ kind: "sqlite", dir }, { lockWaitMs: 50 }))).toEqual(
    new Error(
      `Cannot open bus "sqlite:${dir}" as the bus in "${dir}" must take it: another process has held its lock for 50 ms; ` +
        `end that process or try again`,
    ),
  );
  other.exec("rollback");
  await (await open(dir))[Symbol.asyncDispose]();
  other.exec("begin immediate");
  await using bus = await openBus({ kind: "sqlite", dir }, { lockWaitMs: 50 });
  expect(await bus.topics()).toEqual([]);
});

test("openBus() refuses a file in the way, a file that is no database and another format", async () => {
  const dir = temporary(), foreign = temporary(), newer = temporary();
  Deno.writeTextFileSync(join(dir, "bus"), "x");
  Deno.writeTextFileSync(join(foreign, "bus.db"), "x".repeat(5_000));
  await (await open(newer))[Symbol.asyncDispose]();
  using database = new DatabaseSync(join(newer, "bus.db"));
  database.exec("pragma user_version = 9");
  for (
    const [path, found] of [
      [join(dir, "bus"), `as the bus in "${join(dir, "bus")}" must take it: `],
      [foreign, `as the bus in "${foreign}" must take it: file is not a database; name another folder`],
      [newer, "as its format must be 1: got 9; open it with the version that wrote it"],
    ]
  ) {
    const error = await rejection(open(path!)) as Error;
    expect(error.constructor).toBe(Error);
    expect(error.message).toContain(`Cannot open bus "sqlite:${path}" ${found}`);
  }
});

test("records() refuses a frame that was changed on disk", async () => {
  const dir = temporary();
  await using bus = await open(dir);
  await bus.createTopic("flights");
  await bus.append("flights", 0, numbered(0, 3));
  using database = new DatabaseSync(join(dir, "bus.db"));
  database.exec("update batch set frame = zeroblob(40)");
  const [batch] = await Array.fromAsync(bus.read("flights", 0, 0));
  expect(() => batch!.records()).toThrow(/^Cannot read "flights" as the frames of partition 0 must be whole: /);
});

test("read() refuses to skip what is missing from the middle or the end", async () => {
  const dir = temporary();
  await using bus = await open(dir);
  await bus.createTopic("flights");
  for (let i = 0; i < 3; i++) await bus.append("flights", 0, numbered(i * 2, 2));
  using database = new DatabaseSync(join(dir, "bus.db"));
  for (const base of [2, 4]) {
    database.exec(`delete from batch where base = ${base}`);
    expect(await rejection(Array.fromAsync(bus.read("flights", 0, 0)))).toEqual(
      new Error(
        'Cannot read "flights" as partition 0 must have no gap: nothing at offset 2; restore the bus from a copy',
      ),
    );
  }
});

test("read() names a bus whose tables are damaged", async () => {
  const dir = temporary();
  await using bus = await open(dir);
  await bus.createTopic("flights");
  await bus.append("flights", 0, numbered(0, 3));
  using database = new DatabaseSync(join(dir, "bus.db"));
  database.exec("alter table batch rename to moved");
  const error = await rejection(Array.fromAsync(bus.read("flights", 0, 0))) as Error;
  expect(error.message).toBe(`Cannot read "flights" as the bus in "${dir}" must take it: no such table: batch`);
});

test.skipIf(!canMount)(`a full disk is named, and nothing half-written stays${skipReason}`, async () => {
  const dir = join(disks[0]!, "bus"), id = crypto.randomUUID();
  await using bus = await openBus({ kind: "sqlite", dir }, { reserveBytes: 0 });
  await using other = await open(dir);
  await bus.createTopic("flights");
  await bus.append("flights", 0, numbered(0, 10), { id, sequence: 0 });
  const noise = Array.from({ length: 8 }, noisy);
  const error = await rejection(bus.append("flights", 0, noise, { id, sequence: 10 })) as Error;
  expect(error.constructor).toBe(Error);
  expect(error.message).toMatch(
    new RegExp(
      `^Cannot append to "flights" as the bus in "${dir}" must take it: (database or disk is full; free space on that disk|disk I/O error; see to that disk)$`,
    ),
  );
  expect(await bus.positions("flights")).toEqual([{ partition: 0, low: 0, high: 10 }]);
  expect(await bus.lastSequence("flights", 0, id)).toBe(9);
  expect(await bus.append("flights", 0, numbered(10, 5), { id, sequence: 10 })).toMatchObject({
    baseOffset: 10,
    count: 5,
  });
  expect((await Array.fromAsync(other.read("flights", 0, 0))).flatMap((batch) => batch.records())).toHaveLength(15);
  await using reopened = await open(dir);
  expect(await reopened.positions("flights")).toEqual([{ partition: 0, low: 0, high: 15 }]);
});

test.skipIf(!canMount)(`below the reserve publishing is refused, and all else goes on${skipReason}`, async () => {
  const dir = join(disks[2]!, "bus");
  await using bus = await openBus({ kind: "sqlite", dir }, { reserveBytes: 16 * 1024 * 1024 });
  await bus.createTopic("flights");
  await bus.createTopic("control");
  let count = 0, refusal: unknown = null;
  while (refusal === null && count < 100) {
    refusal = await rejection(bus.publish("flights", [noisy()]));
    if (refusal === null) count++;
  }
  expect(refusal).toBeInstanceOf(DiskReserveError);
  expect((refusal as Error).message).toMatch(
    new RegExp(`^Cannot append to "flights" as the disk of "${dir}" must keep 16777216 bytes free: \\d+ are left; `),
  );
  expect(count).toBeGreaterThan(5);
  expect(await bus.positions("flights")).toEqual([{ partition: 0, low: 0, high: count }]);
  expect(await bus.append("control", 0, numbered(0, 1))).toMatchObject({ baseOffset: 0 });
  const records = (await Array.fromAsync(bus.read("flights", 0, 0))).flatMap((batch) => batch.records());
  expect(records).toHaveLength(count);
  await bus.commit("lake", "flights", 0, count);
  await bus.truncate("flights", 0, count - 1);
  expect(await bus.positions("flights")).toEqual([{ partition: 0, low: count - 1, high: count }]);
  expect(await bus.publish("flights", [noisy()])).toMatchObject([{ baseOffset: count, count: 1 }]);
});

function noisy(): Message {
  return { key: null, eventTimeMicros: null, value: randomBytes(900_000) };
}

function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, length)));
  return bytes;
}

test.skipIf(!canMount)(`a read-only disk is named when the bus is opened${skipReason}`, async () => {
  const disk = disks[1]!, dir = join(disk, "bus");
  await (await open(dir))[Symbol.asyncDispose]();
  expect(run("mount", "-o", "remount,ro", disk)).toBe(true);
  try {
    const error = await rejection(open(dir)) as Error;
    expect(error.constructor).toBe(Error);
    expect(error.message).toContain(`Cannot open bus "sqlite:${dir}" as the bus in "${dir}" must take it: `);
  } finally {
    run("mount", "-o", "remount,rw", disk);
  }
});
