import { readFileSync } from "node:fs";

/** What a process may hold, and who ends it. */
interface MemoryWatchOptions {
  pid: number;
  /** Limit of its JavaScript heap, in MiB, if it has one. */
  memoryMb?: number | undefined;
  /** Is told once why the process must end. */
  onExcess(reason: string): void;
}

/**
 * Watches what memory a process holds, every 200 ms: buffers are outside of the heap, which V8 bounds. The bound is twice
 * `memoryMb` and 512 MiB for code and native memory, or three quarters of the machine's memory. Only Linux tells it:
 * elsewhere nothing is watched.
 *
 * @param options Process, limit and listener.
 * @returns Disposing of it ends the watch.
 */
export function watchMemory({ pid, memoryMb, onExcess }: MemoryWatchOptions): Disposable {
  if (Deno.build.os !== "linux") return { [Symbol.dispose]: () => undefined };
  const bound = memoryMb === undefined ? Deno.systemMemoryInfo().total * 0.75 : (memoryMb * 2 + 512) * MIB;
  const timer = setInterval(() => {
    const held = residentBytes(pid);
    if (held <= bound) return;
    clearInterval(timer);
    onExcess(
      `it held ${inMb(held)} MB of memory, more than the ${inMb(bound)} MB that it may: ` +
        GIVE_MORE,
    );
  }, POLL_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The way out of a cell that holds too much. */
export const GIVE_MORE =
  "hold less at once, or give it more by --memory MB or by metadata.boathouse.memoryMb of the notebook";

/** 0 for a process that is gone. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as { code?: string }).code ?? "")) return 0;
    throw error;
  }
}

function inMb(bytes: number): string {
  return Math.round(bytes / MIB).toLocaleString("en");
}

const MIB = 2 ** 20;
const PAGE_BYTES = 4096;
const POLL_MS = 200;
