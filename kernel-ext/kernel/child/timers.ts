import { setImmediate } from "node:timers";
import type { Output, Run } from "./output.ts";
import { apply, defineProperty, getPrototypeOf, is } from "./primordials.ts";

interface Timer {
  _onTimeout?: unknown;
  _repeat?: unknown;
}

/** Knows which evaluation a timer belongs to that threw. */
export interface Timers {
  /** The evaluation that set the timer out of which the error came last; null of an error from elsewhere. */
  ownerOf(thrown: unknown): Run | null;
}

/**
 * Remembers for each timer who set it: the runtime leaves the async context of a timer before it tells of its error.
 * What cells call to set timers stays the runtime's own; only the function that it keeps is another.
 *
 * @param output Knows the evaluation that runs.
 */
export function watchTimers(output: Output): Timers {
  let last: { thrown: unknown; owner: Run } | null = null;
  const guard = (callback: unknown, key: string): unknown => {
    const owner = output.run();
    if (typeof callback !== "function" || !owner) return callback;
    const guarded = function (this: Timer, ...args: unknown[]): unknown {
      try {
        return apply(callback, this, args);
      } catch (thrown) {
        last = { thrown, owner };
        // Stacks call a function by the property of `this` that has it.
        if (key === "_onTimeout" && !this._repeat) this[key] = callback;
        throw thrown;
      }
    };
    return defineProperty(guarded, "name", { __proto__: null, value: callback.name } as PropertyDescriptor);
  };
  const watch = (timer: object, key: string): void => {
    const set = function (this: object, callback: unknown): void {
      // Without a prototype, which a cell may have given a getter.
      const kept = {
        __proto__: null,
        value: guard(callback, key),
        writable: true,
        enumerable: true,
        configurable: true,
      };
      defineProperty(this, key, kept as PropertyDescriptor);
    };
    defineProperty(getPrototypeOf(timer), key, { __proto__: null, set } as PropertyDescriptor);
  };
  const timeout = setTimeout(() => undefined, 0) as unknown as object;
  if (typeof timeout === "object") watch(timeout, "_onTimeout");
  watch(setImmediate(() => undefined), "_onImmediate");
  return {
    ownerOf: (thrown) => {
      const owner = last && is(last.thrown, thrown) ? last.owner : null;
      last = null;
      return owner;
    },
  };
}
