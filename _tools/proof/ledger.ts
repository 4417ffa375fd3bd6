import type { Report } from "./injector.ts";
import { PARTITIONS } from "./place.ts";
import type { Progress } from "./publisher.ts";
import type { TableRead } from "./reader.ts";

/** What the publisher has tried and what was acknowledged, by partition; it outlives the publisher. */
export interface Ledger {
  /** Notes a line of the publisher. */
  note(report: Report): void;
  /** Where each partition stands. */
  progress(): Progress[];
}

/** How the rows of the lake compare with the ledger. */
export interface Judgement {
  /** Acknowledged records. */
  acknowledged: number;
  /** Records that were tried and never acknowledged; each may be there once. */
  unacknowledged: number;
  /** Rows of the lake. */
  rows: number;
  /** Acknowledged records that the lake does not have. */
  lost: string[];
  /** Records that the lake has more than once. */
  doubled: string[];
  /** Records of the lake that nobody published. */
  unknown: string[];
}

/** Offsets that an ingester says it has moved. */
export interface Claim {
  /** The partition. */
  partition: number;
  /** First offset. */
  from: number;
  /** Offset that it ends before. */
  to: number;
}

/**
 * Finds offsets that two ingesters say they have moved: one of them took a commit for won that was not.
 *
 * @param claims what all ingesters say
 * @returns one text per overlap
 */
export function contradictions(claims: readonly Claim[]): string[] {
  const order = claims.toSorted((a, b) => a.partition - b.partition || a.from - b.from || a.to - b.to);
  return order.slice(1).flatMap((next, i) => {
    const before = order[i]!;
    if (before.partition !== next.partition || before.to <= next.from) return [];
    const text = ({ from, to }: Claim) => `[${from}, ${to})`;
    return [`two ingesters say that they moved ${text(before)} and ${text(next)} of partition ${next.partition}`];
  });
}

/** Opens an empty ledger. */
export function openLedger(): Ledger {
  let progress: Progress[] = Array.from({ length: PARTITIONS }, () => ({ acknowledged: 0, tried: 0 }));
  const change = (partition: number, change: Partial<Progress>) => {
    progress = progress.map((one, i) => i === partition ? { ...one, ...change } : one);
  };
  return {
    note(report) {
      if (report.type === "try") change(report.partition, { tried: report.to });
      if (report.type === "ack") change(report.partition, { acknowledged: report.to });
    },
    progress: () => progress,
  };
}

/**
 * Compares the ledger with what delta-rs read.
 *
 * @param progress the ledger
 * @param keys keys of all rows, `<partition>-<number>`
 * @returns what is lost, doubled or unknown
 */
export function judge(progress: readonly Progress[], keys: TableRead["keys"]): Judgement {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  const lost = progress.flatMap(({ acknowledged }, partition) =>
    Array.from({ length: acknowledged }, (_, n) => `${partition}-${n}`).filter((key) => !counts.has(key))
  );
  const isKnown = (key: string) => {
    const [partition, number] = key.split("-").map(Number) as [number, number];
    return number < (progress[partition]?.tried ?? 0);
  };
  return {
    acknowledged: progress.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    unacknowledged: progress.reduce((sum, { acknowledged, tried }) => sum + tried - acknowledged, 0),
    rows: keys.length,
    lost,
    doubled: [...counts].filter(([, count]) => count > 1).map(([key]) => key),
    unknown: [...counts.keys()].filter((key) => !isKnown(key)),
  };
}
