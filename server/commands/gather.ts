/** How items are gathered. */
export interface GatherOptions {
  /** Items of a batch at most. */
  count: number;
  /** Milliseconds that an item waits for others at most. */
  holdMs: number;
  /** Ends it as the end of the source would. */
  signal: AbortSignal;
}

/**
 * Gathers what a source yields into batches. While one is in hand the next is read, and no more than that. What was
 * gathered before an error comes before the error.
 *
 * @param source where items come from, at any pace
 * @param options how many, and how long one waits
 * @returns batches of at least one item, in order
 */
export async function* gather<T>(source: AsyncIterable<T>, options: GatherOptions): AsyncIterable<T[]> {
  const { count, holdMs, signal } = options;
  let items: T[] = [], isOver = signal.aborted, failure: { error: unknown } | null = null, timer: Timer;
  let due = Promise.withResolvers<void>(), taken = Promise.withResolvers<void>();

  async function read(): Promise<void> {
    try {
      for await (const item of source) {
        if (items.push(item) === 1) timer = setTimeout(due.resolve, holdMs);
        if (items.length < count) continue;
        due.resolve();
        await taken.promise;
      }
    } catch (error) {
      failure = { error };
    }
    end();
  }

  function end(): void {
    isOver = true;
    due.resolve();
  }

  signal.addEventListener("abort", end, { once: true });
  read();
  try {
    for (;;) {
      if (!isOver) await due.promise;
      clearTimeout(timer);
      const isLast = isOver, batch = items;
      items = [];
      taken.resolve();
      [due, taken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      if (batch.length > 0) yield batch;
      if (isLast && failure) throw (failure as { error: unknown }).error;
      if (isLast) return;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

type Timer = ReturnType<typeof setTimeout> | undefined;
