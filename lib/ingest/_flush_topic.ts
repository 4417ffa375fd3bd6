import type { Gap } from "./gap.ts";
import { explainGap } from "./gap.ts";
import { perform, type RealMaterial, type TopicWork } from "./_perform.ts";
import { removeParts, type SealedPart } from "./_spool.ts";
import { type IngestEffect, type IngestState, type Moved, startIngest, stepIngest } from "./machine.ts";

/** What became of a partition's new records. */
export interface IngestReport {
  /** Name of the topic. */
  topic: string;
  /** The partition. */
  partition: number;
  /** First offset that this call moved. */
  from: number;
  /** Offset that it ended before. */
  to: number;
  /** Records that fit. */
  rows: number;
  /** Records that do not. */
  rejected: number;
  /** Records that were left out, as their producers had sent them before. */
  duplicates: number;
  /** Version of the table that holds them; null when nothing was moved. */
  version: number | null;
  /** Why the partition stands still; absent where all is well. */
  stopped?: string;
}

/** How far a flush is. */
export interface IngestProgress {
  /** Name of the topic. */
  topic: string;
  /** Offsets moved so far. */
  done: number;
  /** Offsets that there were to move at its start. */
  total: number;
}

/** How a topic is flushed. */
export interface TopicFlush extends TopicWork {
  /** Whether the bus is to drop what the lake has. */
  truncates: boolean;
  /** Is told how far it is. */
  onProgress?: (progress: IngestProgress) => void;
  /** Is awaited around each effect. */
  onEffect?: EffectHook;
  /** Is awaited before each put of a log entry. */
  turn: () => Promise<void>;
  /** Is told that another writer came first. */
  onConflict: () => void;
  /** Is awaited with each commit that has won. */
  onCommit: (moved: Moved<RealMaterial>) => Promise<void>;
}

/** Is awaited before and after each effect of the ingest's machine: `put`, `write`, `forward` and so on. */
export type EffectHook = (effect: string, when: "before" | "after") => void | Promise<void>;

type State = IngestState<RealMaterial>;

/**
 * Moves what is on a topic now, by the machine.
 *
 * @param flush The topic.
 * @returns One report per partition that had something to move, or stands still.
 */
export async function flushTopic(flush: TopicFlush): Promise<IngestReport[]> {
  const { topic, truncates } = flush;
  let { state, effect } = startIngest<RealMaterial>(topic, { truncates });
  let spooled: SealedPart[] = [], told = 0, total: number | undefined;
  try {
    while (effect !== null) {
      const event = await around(flush, effect);
      if (event.was === "sealed") spooled.push(event.part);
      const wasCommitting: boolean = state.at === "committing";
      ({ state, effect } = stepIngest(state, event));
      if (wasCommitting && (state.at === "preparing" || state.at === "discarding")) flush.onConflict();
      if (state.at === "telling" || state.at === "sealing") total ??= openOf(state.open);
      for (const moved of state.moved.slice(told)) {
        await flush.onCommit(moved);
        told++;
        flush.onProgress?.({ topic, done: doneOf(state), total: total ?? 0 });
      }
      if (state.at === "looking") spooled = await cleared(spooled);
    }
  } finally {
    await cleared(spooled);
  }
  if (state.at === "ended" && state.failure) throw state.failure.error;
  return reportsOf(state);
}

async function around(flush: TopicFlush, effect: IngestEffect<RealMaterial>) {
  const name = effect.do === "commit" ? effect.effect : effect.do;
  if (name === "put") await flush.turn();
  await flush.onEffect?.(name, "before");
  const event = await perform(flush, effect);
  await flush.onEffect?.(name, "after");
  return event;
}

async function cleared(spooled: readonly SealedPart[]): Promise<SealedPart[]> {
  await removeParts(spooled);
  return [];
}

function openOf(spans: readonly { from: number; to: number }[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

function doneOf({ moved }: State): number {
  return moved.reduce((sum, { parts }) => sum + openOf(parts), 0);
}

function reportsOf({ topic, moved, stopped }: State): IngestReport[] {
  const reports = new Map<number, IngestReport>();
  for (const { parts, written, prepared } of moved) {
    for (const { partition, from, to } of parts) {
      const { records, rejected, duplicates } = written.counts.get(partition)!;
      const before = reports.get(partition) ?? { ...NOTHING, topic, partition, from };
      reports.set(partition, {
        ...before,
        to,
        rows: before.rows + records - rejected - duplicates,
        rejected: before.rejected + rejected,
        duplicates: before.duplicates + duplicates,
        version: prepared.intent.version,
      });
    }
  }
  for (const [partition, gap] of stopped) {
    const before = reports.get(partition) ?? stillAt(topic, partition, gap);
    reports.set(partition, { ...before, stopped: explainGap(gap) });
  }
  return [...reports.values()].sort((a, b) => a.partition - b.partition);
}

const NOTHING = { to: 0, rows: 0, rejected: 0, duplicates: 0, version: null };

function stillAt(topic: string, partition: number, { committed }: Gap & { committed: number }): IngestReport {
  return { topic, partition, from: committed, ...NOTHING, to: committed };
}
