import type { Call } from "./_call.ts";

/** Calls under way, by number. */
export interface CallTable {
  /** How many there are. */
  readonly size: number;
  get(id: number): Call | undefined;
  add(call: Call): void;
  /** Takes a call out; false when it is not there. */
  delete(id: number): boolean;
  /** The calls, by number. */
  values(): Call[];
  clear(): void;
}

/**
 * Makes an empty table. No Map: as V8 points from each table that a Map has outgrown to the next one, those of one that is
 * filled and emptied all the time keep every call, with all that it holds, until a full garbage collection.
 *
 * @returns The table.
 */
export function callTable(): CallTable {
  let calls: Record<number, Call> = {};
  let size = 0;
  return {
    get size() {
      return size;
    },
    get: (id) => calls[id],
    add(call) {
      calls[call.id] = call;
      size++;
    },
    delete(id) {
      if (calls[id] === undefined) return false;
      delete calls[id];
      size--;
      return true;
    },
    values: () => Object.values(calls),
    clear() {
      calls = {};
      size = 0;
    },
  };
}
