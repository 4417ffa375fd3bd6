import { apply, isPending, resolved, settle, withResolvers } from "./primordials.ts";
import { nextTurn } from "./turn.ts";

/** What can be stopped while a cell waits. */
export interface Interrupts {
  /** Settles as the value does, or rejects when the cell is interrupted first. */
  race<T>(value: T | PromiseLike<T>): Promise<T>;
  /** Iterates as `for await` does, and rejects when the cell is interrupted. */
  iterate<T>(source: AsyncIterable<T> | Iterable<T | PromiseLike<T>>): AsyncIterable<T>;
  /** Aborted when the cell is interrupted; a new one for each cell. */
  signal(): AbortSignal;
  /** Rejects all that waits, each with an error that names the line on which it waits. */
  interrupt(n: number, name: string, message: string): void;
  /** Begins a new cell; rejects when the cell has been interrupted already. */
  begin(n: number): Promise<void>;
}

/** Makes the waits of cells interruptible. */
export function createInterrupts(): Interrupts {
  // The top level of a cell waits at one place at a time, so there is one to reject.
  let waiting: { promise: Promise<unknown>; reject(error: Error): void; trace: Trace } | null = null;
  let stop: { n: number; error: Error } | null = null;
  /** What came when the cell did not wait: its next wait ends so. */
  let owed: { name: string; message: string } | null = null;
  const Controller = AbortController;
  let controller = new Controller();
  const race = <T>(value: T | PromiseLike<T>): Promise<T> => {
    const { promise, resolve, reject } = withResolvers<T>();
    const trace = traceCaller(race);
    waiting = { promise, reject, trace };
    if (owed) {
      reject(stopped(owed.name, owed.message, trace));
      owed = null;
    }
    // With any function between the two promises V8 would not know any more who waits, and stacks would end here.
    settle(resolved(value), resolve, reject);
    return promise;
  };
  return {
    race,
    iterate: (source) => ({ [Symbol.asyncIterator]: () => racing(source, race) }),
    signal: () => controller.signal,
    interrupt: (n, name, message) => {
      stop = { n, error: stopped(name, message, {}) };
      controller.abort(stopped(name, message, {}));
      if (waiting && isPending(waiting.promise)) waiting.reject(stopped(name, message, waiting.trace));
      else owed = { name, message };
      waiting = null;
    },
    begin: async (n) => {
      owed = null;
      controller = new Controller();
      await nextTurn();
      if (stop?.n === n) throw stop.error;
    },
  };
}

/** A stack that is written out only when it is read. */
export interface Trace {
  stack?: string;
}

/** Remembers the frames from which a function was called. */
export function traceCaller(callee: (...args: never[]) => unknown): Trace {
  const trace: Trace = {};
  captureStackTrace(trace, callee);
  return trace;
}

/** Makes an error that was thrown where a trace was taken. */
export function withTrace(error: Error, trace: Trace): Error {
  error.stack = [`${error.name}: ${error.message}`, ...framesOf(trace)].join("\n");
  return error;
}

const { captureStackTrace } = Error;

/** The lines of a trace; none where there is no trace. */
export function framesOf(trace: Trace | null | undefined): string[] {
  return trace?.stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
}

/** Makes the error that ends what waits. */
export function stopped(name: string, message: string, trace: Trace): Error {
  // Shown errors are called by their class, whatever their name says.
  const { [name]: Named } = { [name]: class extends Error {} };
  const error = new Named!(message);
  error.name = name;
  apply(add, stops, [error]);
  return withTrace(error, trace);
}

/** Whether a value is an error by which a cell was ended. */
export function isStop(value: unknown): boolean {
  return apply(has, stops, [value]);
}

const stops = new WeakSet<Error>();
const { add, has } = WeakSet.prototype;

function racing<T>(
  source: AsyncIterable<T> | Iterable<T | PromiseLike<T>>,
  race: Interrupts["race"],
): AsyncIterator<T> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const awaitValue = async ({ done, value }: IteratorResult<T | PromiseLike<T>>): Promise<IteratorResult<T>> => {
    return { done: done ?? false, value: await value } as IteratorResult<T>;
  };
  return {
    next: async () => await race(Promise.resolve(iterator.next()).then(awaitValue)),
    return: async () => await Promise.resolve(iterator.return?.()).then((end) => end ? awaitValue(end) : ENDED),
  };
}

const ENDED: IteratorReturnResult<undefined> = { done: true, value: undefined };
