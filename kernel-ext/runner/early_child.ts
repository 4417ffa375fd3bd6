import { type Child, type ChildOptions, type OnLate, startChild } from "../kernel/mod.ts";

/** A process of cells that comes up while what runs them is still loaded. */
export interface EarlyChild extends AsyncDisposable {
  /**
   * Waits for the process.
   *
   * @param onLate Is told from now on what code of an ended cell adds to it.
   * @throws {Error} When it did not come up.
   */
  take(onLate: OnLate): Promise<Child>;
}

/**
 * Begins to start a process of cells.
 *
 * @param options What cells run with.
 * @returns The process to come; dispose of it also where nobody has taken it.
 */
export function startEarly(options: Omit<ChildOptions, "onLate">): EarlyChild {
  let tellLate: OnLate = () => {};
  const starting = startChild({ ...options, onLate: (...late) => tellLate(...late) });
  const settled = starting.catch(() => null);
  return {
    take: (onLate) => {
      tellLate = onLate;
      return starting;
    },
    [Symbol.asyncDispose]: async () => await (await settled)?.[Symbol.asyncDispose](),
  };
}
