/**
 * What the child needs to tell what came of a cell, taken before any cell runs: a cell may change its own world, but not
 * how the kernel hears of it. Loops over iterators, spreads and array patterns are left out there for the same reason.
 */
export const { apply } = Reflect;
export const { stringify } = JSON;
export const { create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, is, keys } = Object;
export const { isArray } = Array;
export const { inspect } = Deno;
export const resolved = Promise.resolve.bind(Promise) as typeof Promise.resolve;
export const withResolvers = Promise.withResolvers.bind(Promise) as typeof Promise.withResolvers;

interface Internals {
  core: {
    getPromiseDetails(promise: Promise<unknown>): readonly [state: number, result: unknown];
    getProxyDetails(value: unknown): readonly [target: unknown, handler: unknown] | null;
  };
}

const { core } = (Deno as unknown as { [key: symbol]: Internals })[(Deno as unknown as { internal: symbol }).internal]!;
const { getPromiseDetails, getProxyDetails } = core;

/** Whether a promise has neither been fulfilled nor rejected. */
export function isPending(promise: Promise<unknown>): boolean {
  return getPromiseDetails(promise)[0] === 0;
}

/** The value of a promise that has settled. */
export function resultOf(promise: Promise<unknown>): unknown {
  return isPending(promise) ? undefined : getPromiseDetails(promise)[1];
}

/** What stands behind a proxy and its proxies, without a call of their traps; null behind one that is revoked. */
export function targetOf(value: unknown): unknown {
  let target = value;
  for (let proxy = getProxyDetails(target); proxy; proxy = getProxyDetails(target)) target = proxy[0];
  return target;
}

/** Calls one of two functions when a promise settles, whatever has become of `Promise.prototype.then`. */
export function settle<T>(promise: Promise<T>, resolve: (value: T) => void, reject: (reason: unknown) => void): void {
  apply(then, promise, [resolve, reject]);
}

const { then } = Promise.prototype;
