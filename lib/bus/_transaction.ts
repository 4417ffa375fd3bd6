import type { DatabaseSync } from "node:sqlite";

const RETRY_MS = 2; // longest pause before the lock is tried again: with equal, short, jittered pauses none starves

/** Runs write transactions, one after the other. */
export interface Writer {
  /** Runs an action in a transaction that is durable when this returns; rolls back when the action throws. */
  transact<T>(action: () => T): T;
}

/**
 * Makes the writer of a connection.
 *
 * @param database Connection for writing.
 * @param retry Runs an action again while another process holds the lock.
 * @returns The writer.
 */
export function openTransactions(database: DatabaseSync, retry: <T>(action: () => T) => T): Writer {
  const begin = database.prepare("begin immediate");
  const commit = database.prepare("commit");
  return {
    transact(action) {
      retry(() => begin.run());
      try {
        const result = action();
        commit.run();
        return result;
      } catch (cause) {
        // A full disk has rolled it back already.
        if (database.isTransaction) database.exec("rollback");
        throw cause;
      }
    },
  };
}

/**
 * Runs an action again while SQLite says that another process holds the lock, at jittered times.
 *
 * @param lockWaitMs When to give up.
 * @param action What to run; each failed try must leave nothing behind.
 * @returns What the action returned.
 * @throws {Error} When the lock was not to be had in time, or of the action for other reasons.
 */
export function retryBusy<T>(lockWaitMs: number, action: () => T): T {
  const end = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return action();
    } catch (cause) {
      if (!isBusy(cause)) throw cause;
      if (performance.now() >= end) {
        throw new Error(`another process has held its lock for ${lockWaitMs} ms; end that process or try again`, {
          cause,
        });
      }
    }
    sleep(Math.random() * RETRY_MS);
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && "errcode" in cause && (Number(cause.errcode) & 0xff) === 5;
}

/** Blocks the thread: it is the bus's own, and nothing may overtake the transaction that waits. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
