import { statfsSync } from "node:fs";
import { freeBytes, type Guarantee } from "../config/mod.ts";
import type { WriterSettings } from "./_command.ts";

/** Types of file system by the numbers that statfs gives (linux/magic.h), where a bus must not lie. */
const UNFIT: Readonly<Record<number, string>> = {
  0x01021994: "tmpfs, so nothing outlives the machine",
  0x858458f6: "ramfs, so nothing outlives the machine",
  0x6969: "NFS, whose locks and shared memory SQLite cannot rely on",
  0xff534d42: "CIFS, whose locks and shared memory SQLite cannot rely on",
  0xfe534d42: "SMB, whose locks and shared memory SQLite cannot rely on",
};

/**
 * Tells what an embedded bus has proved, and what it only promises.
 *
 * @param dir Folder of the bus.
 * @param settings Read back from the connection that writes it.
 * @param reserveBytes Bytes that it leaves free.
 * @returns One guarantee per rule.
 */
export function sqliteGuarantees(dir: string, settings: WriterSettings, reserveBytes: number): Guarantee[] {
  return [
    durable(settings),
    fileSystem(dir, Number(statfsSync(dir).type) >>> 0),
    {
      name: "disk keeps what it has synced",
      state: "promised",
      detail: "a disk that lies about it cannot be told from here",
    },
    { name: "duplicates of a producer", state: "proved", detail: "left out in the append's own transaction" },
    reserve(dir, freeBytes(dir), reserveBytes),
  ];
}

function durable({ journalMode, synchronous }: WriterSettings): Guarantee {
  const isSo = journalMode === "wal" && synchronous >= 2;
  const found = `journal_mode=${journalMode} and synchronous=${synchronous}`;
  return {
    name: "durable before acknowledgement",
    state: isSo ? "proved" : "broken",
    detail: isSo
      ? `the connection that writes says ${found} (FULL): each commit is synced before it returns`
      : `the connection that writes says ${found}: open the bus again`,
  };
}

function fileSystem(dir: string, type: number): Guarantee {
  const unfit = UNFIT[type];
  return {
    name: "local disk",
    state: unfit === undefined ? "proved" : "broken",
    detail: unfit === undefined
      ? `file system type 0x${type.toString(16)}: neither in memory nor on a network`
      : `"${dir}" is on ${unfit}; move the bus to a local disk`,
  };
}

function reserve(dir: string, free: number, reserveBytes: number): Guarantee {
  const isKept = free >= reserveBytes;
  return {
    name: "disk reserve",
    state: isKept ? "proved" : "broken",
    detail: `${free} bytes are free on the disk of "${dir}", ${reserveBytes} are kept free` +
      (isKept ? "" : ": nothing is published; free space on it, or truncate topics behind the lake"),
  };
}
