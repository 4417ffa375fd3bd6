/**
 * What the child needs to tell what came of a cell, taken before any cell runs: a cell may change its own world, but not
 * how the kernel hears of it. Loops over iterators, spreads and array patterns are left out there for the same reason.
 */
export const { apply } = Reflect;
export const { stringify } = JSON;
export const { create, is, keys } = Object;
export const { inspect } = Deno;
export const resolved = Promise.resolve.bind(Promise) as typeof Promise.resolve;
export const withResolvers = Promise.withResolvers.bind(Promise) as typeof Promise.withResolvers;

/** Calls one of two functions when a promise settles, whatever has become of `Promise.prototype.then`. */
export function settle<T>(promise: Promise<T>, resolve: (value: T) => void, reject: (reason: unknown) => void): void {
  apply(then, promise, [resolve, reject]);
}

const { then } = Promise.prototype;
