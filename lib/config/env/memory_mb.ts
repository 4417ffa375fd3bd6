/**
 * Reads how much memory cells may use, as the command line, a kernelspec or a notebook says it.
 *
 * @param value whole number of MB, from 64 to 1,048,576, or its digits
 * @param name what the value is, for the error
 * @returns MB
 * @throws {RangeError} when it is no such number: V8 takes more and less, and does something else
 * @example
 * ```ts
 * import { readMemoryMb } from "./memory_mb.ts";
 * if (readMemoryMb("2048") !== 2048) throw new Error("unexpected");
 * ```
 */
export function readMemoryMb(value: unknown, name = "the memory of cells"): number {
  const mb = typeof value === "string" && /^\d{1,7}$/.test(value) ? Number(value) : value;
  if (typeof mb === "number" && Number.isInteger(mb) && mb >= LEAST_MB && mb <= MOST_MB) return mb;
  throw new RangeError(
    `Cannot limit cells as ${name} must be a whole number of MB from ${LEAST_MB} to ${
      MOST_MB.toLocaleString("en")
    }: got ${JSON.stringify(value)}`,
  );
}

/** Less does not start what cells load. */
const LEAST_MB = 64;
const MOST_MB = 2 ** 20;
