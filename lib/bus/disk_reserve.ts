import { RESERVED_TOPICS } from "../events/mod.ts";

const CHECK_MS = 1_000; // a second of publishing at full speed is far below any sensible reserve
const CHECK_BYTES = 16 * 1024 * 1024;

/** An append that was refused, as it would use the reserve of the bus's disk. */
export class DiskReserveError extends Error {
  /** Space that is left. */
  readonly availableBytes: number;
  /** Space that is kept free. */
  readonly reserveBytes: number;

  /**
   * Says what was refused.
   *
   * @param topic Topic that was appended to.
   * @param dir Folder of the bus.
   * @param availableBytes Space that is left.
   * @param reserveBytes Space that is kept free.
   *
   * @example
   * ```ts
   * import { DiskReserveError } from "./disk_reserve.ts";
   *
   * console.assert(new DiskReserveError("flights", "/data/bus", 100, 256).availableBytes === 100);
   * ```
   */
  constructor(topic: string, dir: string, availableBytes: number, reserveBytes: number) {
    super(
      `Cannot append to "${topic}" as the disk of "${dir}" must keep ${reserveBytes} bytes free: ${availableBytes} are left; ` +
        `free space on it, or truncate topics behind the lake`,
    );
    this.name = "DiskReserveError";
    this.availableBytes = availableBytes;
    this.reserveBytes = reserveBytes;
  }
}

/** What the watch of a disk needs. */
export interface ReserveOptions {
  /** Folder of the bus. */
  dir: string;
  /** Space that is kept free. */
  reserveBytes: number;
  /** Measures the space that appends may use. */
  availableBytes(): number;
  /** A clock in milliseconds that never goes back. */
  nowMs(): number;
}

/**
 * Watches the space of a disk: measured once a second or every 16 MiB, and at every append while it is short.
 *
 * @param options Folder, reserve, and how to measure.
 * @returns A function of topic and bytes, called before an append; reserved topics may use the reserve, so that a full disk
 * does not keep anybody from rolling back.
 * @throws {DiskReserveError} From that function, when less than the reserve is left.
 */
export function watchReserve(options: ReserveOptions): (topic: string, bytes: number) => void {
  const { dir, reserveBytes, availableBytes, nowMs } = options;
  let available = 0, measuredMs = -Infinity, since = 0;
  return (topic, bytes) => {
    since += bytes;
    if (available - since < reserveBytes || since > CHECK_BYTES || nowMs() - measuredMs > CHECK_MS) {
      available = availableBytes();
      measuredMs = nowMs();
      since = bytes;
    }
    if (available >= reserveBytes || RESERVED_TOPICS.includes(topic)) return;
    throw new DiskReserveError(topic, dir, available, reserveBytes);
  };
}
