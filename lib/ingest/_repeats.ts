/** The last record of a producer that was kept. */
export interface Seen {
  /** Its number. */
  sequence: number;
  /** When the bus took it, microseconds since 1970. */
  busTimeMicros: number;
}

/** What is known of the producers of one partition, by id. */
export type SeenByProducer = ReadonlyMap<string, Seen>;

/** A record that may be a repeat. */
export interface Numbered extends Seen {
  /** Its offset. */
  offset: number;
  /** Id of its producer. */
  producer: string;
}

/** How long a repeat is recognised, by the bus's time. */
export const REPEAT_MICROS = 3_600_000_000;

/**
 * Tells which records of a partition their producers have sent before. It depends on the records before them alone, so
 * that whoever takes over comes to the same answer.
 *
 * @param seen Producers as they are known before the first record.
 * @param records Numbered records of one partition, in the order of their offsets.
 * @returns Offsets of the repeats, ascending; and the producers behind the last record.
 */
export function findRepeats(
  seen: SeenByProducer,
  records: Iterable<Numbered>,
): { repeats: number[]; seen: SeenByProducer } {
  const known = new Map(seen);
  const repeats: number[] = [];
  for (const { producer, sequence, busTimeMicros, offset } of records) {
    const last = known.get(producer);
    const isRepeat = last !== undefined && sequence <= last.sequence &&
      busTimeMicros - last.busTimeMicros <= REPEAT_MICROS;
    if (isRepeat) repeats.push(offset);
    else known.set(producer, { sequence, busTimeMicros });
  }
  return { repeats, seen: known };
}
