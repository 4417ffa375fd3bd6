/** A time of Kafka as the bus tells it. */
export interface KafkaTime {
  /** Milliseconds since 1970, from 1970 to 9999. */
  timeMs: number;
  /** What was stored, where it lies outside and the nearer end is told; else null. */
  storedMs: bigint | null;
}

const LAST_MS = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z, where days and most readers of the lake end
const EXACT = 2 ** 52; // below it a decoded difference has all its digits

/**
 * Adds up the time of a record. With CreateTime a producer may store anything, such as nanoseconds.
 *
 * @param baseMs What the batch says, as a number and exactly.
 * @param deltaMs What the record adds, as a number and, when that is wanted, exactly.
 * @returns The time.
 */
export function kafkaTime(
  baseMs: { near: number; exact: bigint },
  deltaMs: { near: number; exact: () => bigint },
): KafkaTime {
  const timeMs = baseMs.near + deltaMs.near;
  const isExact = Math.abs(baseMs.near) < EXACT && Math.abs(deltaMs.near) < EXACT;
  if (isExact && timeMs >= 0 && timeMs <= LAST_MS) return { timeMs, storedMs: null };
  return toKafkaTime(BigInt.asIntN(64, baseMs.exact + deltaMs.exact()));
}

/**
 * Brings a time of Kafka to the nearer end of the years 1970 to 9999, where it lies outside.
 *
 * @param ms Milliseconds since 1970.
 * @returns The time.
 */
export function toKafkaTime(ms: bigint): KafkaTime {
  const timeMs = Number(ms < 0n ? 0n : ms > LAST_MS ? LAST_MS : ms);
  return { timeMs, storedMs: BigInt(timeMs) === ms ? null : ms };
}
