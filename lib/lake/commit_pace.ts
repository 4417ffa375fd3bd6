/** Spaces out the commits of one process, so that other writers of a table get their turn. */
export interface CommitPace {
  /** Resolves when the next commit of a table may be put. */
  turn(table: string): Promise<void>;
  /** Is told that another writer came first. */
  lost(table: string): void;
  /** Is told that a commit has won. */
  won(table: string): void;
}

/** What a pace is made of. */
export interface PaceOptions {
  /** Most commits of a table within a second; 5 by default. */
  perSecond?: number;
  /** The time, milliseconds from any start. */
  now?: () => number;
  /** Waits some milliseconds. */
  sleep?: (ms: number) => Promise<void>;
  /** A number from 0 to below 1. */
  random?: () => number;
}

const SECOND_MS = 1000;
const JITTER_MS = 20; // at first; doubled by each further conflict
const MOST_DOUBLINGS = 3;

/**
 * Opens a pace: at most five commits of a table within a second, and after a conflict a random pause, longer after each.
 *
 * @param options Rate, clock and randomness.
 * @returns The pace.
 * @example
 * ```ts
 * import { openPace } from "./commit_pace.ts";
 * const slept: number[] = [];
 * const sleep = (ms: number) => Promise.resolve(void slept.push(ms));
 * const pace = openPace({ perSecond: 1, now: () => 0, sleep });
 * await pace.turn("flights");
 * await pace.turn("flights");
 * console.assert(slept.join() === "1000");
 * ```
 */
export function openPace(
  { perSecond = 5, now = () => performance.now(), sleep = pause, random = Math.random }: PaceOptions = {},
): CommitPace {
  const turns = new Map<string, number[]>();
  const conflicts = new Map<string, number>();
  return {
    async turn(table) {
      const lost = conflicts.get(table) ?? 0;
      const jitterMs = lost === 0 ? 0 : random() * JITTER_MS * 2 ** Math.min(lost - 1, MOST_DOUBLINGS);
      const past = turns.get(table) ?? [];
      const waitMs = Math.max(jitterMs, past.length < perSecond ? 0 : past[0]! + SECOND_MS - now());
      if (waitMs > 0) await sleep(waitMs);
      turns.set(table, [...past, now()].slice(-perSecond));
    },
    lost: (table) => void conflicts.set(table, (conflicts.get(table) ?? 0) + 1),
    won: (table) => void conflicts.delete(table),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
