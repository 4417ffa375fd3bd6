import type { Appended, Producer, TopicInfo } from "./bus.ts";
import type { Chunk } from "./_encode.ts";

/** An append as it crosses to the bus thread. */
export interface AppendCommand {
  /** Distinguishes commands. */
  op: "append";
  /** Topic. */
  topic: string;
  /** Partition. */
  partition: number;
  /** Encoded messages, in order. */
  chunks: Chunk[];
  /** Who publishes, or null. */
  producer: Producer | null;
}

/** What the connection that writes says of itself. */
export interface WriterSettings {
  /** For example `wal`. */
  journalMode: string;
  /** 2 is FULL: each commit is synced. */
  synchronous: number;
}

/** Any command to the bus thread. */
export type Command =
  | AppendCommand
  | { op: "create"; topic: string; partitions: number | null }
  | { op: "commit"; group: string; topic: string; partition: number; offset: number }
  | { op: "truncate"; topic: string; partition: number; before: number }
  | { op: "settings" };

/** What a command answers: an acknowledgement, a topic, settings, or nothing. */
export type Answer = Appended | TopicInfo | WriterSettings | null;

/** How a command ended. */
export type Outcome = { answer: Answer } | { error: Error };

/** What crosses to the bus thread: its folder at first, then commands in order, at last the wish to close. */
export type ToThread =
  | { open: { dir: string; lockWaitMs: number } }
  | { commands: Command[] }
  | { close: true };

/** What comes back, one for each message and in their order; the error of an open or close, else outcomes. */
export type FromThread = { outcomes: Outcome[] } | { failed: Error };

/**
 * Measures what a command carries.
 *
 * @param command Any command.
 * @returns Characters of its messages; 0 for what is no append.
 */
export function charsOf(command: Command): number {
  return command.op === "append" ? command.chunks.reduce((sum, { text }) => sum + text.length, 0) : 0;
}
