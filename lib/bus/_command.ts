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

/** Any command to the bus thread. */
export type Command =
  | AppendCommand
  | { op: "create"; topic: string; partitions: number | null }
  | { op: "commit"; group: string; topic: string; partition: number; offset: number }
  | { op: "truncate"; topic: string; partition: number; before: number };

/** What a command answers: an acknowledgement, a topic, or nothing. */
export type Answer = Appended | TopicInfo | null;

/** How a command ended. */
export type Outcome = { answer: Answer } | { error: Error };

/** What crosses to the bus thread: its folder at first, then commands in order, at last the wish to close. */
export type ToThread =
  | { open: { dir: string; lockWaitMs: number } }
  | { commands: Command[] }
  | { close: true };

/** What comes back, one for each message and in their order; the error of an open or close, else outcomes. */
export type FromThread = { outcomes: Outcome[] } | { failed: Error };
