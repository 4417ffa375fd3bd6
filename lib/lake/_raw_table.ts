import type { RawPin } from "./inputs.ts";
import type { LiveFile, LiveSnapshot } from "./snapshot.ts";
import { quoteName } from "./sql_type.ts";

/** The position of a topic's table: incarnation and, by partition, the first offset that is not there. */
export type Position = Pick<RawPin, "incarnation" | "ends">;

/** Whether a table is the raw table of a topic. */
export function isRawTable({ schema, partitionColumns }: LiveSnapshot): boolean {
  const names = new Set(schema.map((field) => field.name));
  return partitionColumns.includes("fit") && names.has("_partition") && names.has("_offset");
}

/** How far each partition of a topic is committed: the `txn` actions `topic/incarnation/partition`. */
export function committedPosition({ table, txns }: LiveSnapshot): Position | null {
  const byIncarnation = new Map<string, Record<string, number>>();
  for (const [appId, to] of txns) {
    const [topic, incarnation, partition, ...rest] = appId.split("/");
    if (topic !== table || !incarnation || partition === undefined || rest.length) continue;
    byIncarnation.set(incarnation, { ...byIncarnation.get(incarnation), [partition]: to });
  }
  if (byIncarnation.size > 1) {
    throw new Error(
      `Cannot read table "${table}" as its offsets must be of one topic: it holds the incarnations ${
        [...byIncarnation.keys()].join(" and ")
      }`,
    );
  }
  const [found] = byIncarnation;
  return found ? { incarnation: found[0], ends: found[1] } : null;
}

/** Refuses positions of a topic that was deleted and created anew. */
export function checkIncarnation(table: string, position: Position, committed: Position | null): void {
  if (!committed || committed.incarnation === position.incarnation) return;
  throw new Error(
    `Cannot read table "${table}" as its topic was created anew: the lake holds incarnation ${committed.incarnation}, the bus or the pin names ${position.incarnation}`,
  );
}

/** What the bus alone holds below a position. */
export function seamOf(
  position: Position,
  committed: Position | null,
): { from: Record<string, number>; to: Record<string, number> } {
  const open = Object.entries(position.ends).filter(([partition, end]) => end > (committed?.ends[partition] ?? 0));
  return {
    from: Object.fromEntries(open.map(([partition]) => [partition, committed?.ends[partition] ?? 0])),
    to: Object.fromEntries(open),
  };
}

/** The condition on rows of the lake that lie below a position; null when all of them do. */
export function belowEnds(position: Position, committed: Position | null): string | null {
  const partitions = Object.entries(committed?.ends ?? {});
  if (partitions.every(([partition, to]) => to <= (position.ends[partition] ?? 0))) return null;
  const parts = Object.entries(position.ends).map(([partition, end]) =>
    `(${quoteName("_partition")} = ${Number(partition)} AND ${quoteName("_offset")} < ${Number(end)})`
  );
  return parts.length ? parts.join(" OR ") : "false";
}

/** The files that hold records which fit, or which do not. */
export function filesByFit({ files }: LiveSnapshot, fit: boolean): LiveFile[] {
  return files.filter((file) => file.partition.fit === String(fit));
}
