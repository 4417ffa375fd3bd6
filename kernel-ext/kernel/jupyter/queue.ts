/** Items that are handled one after the other. */
export interface Queue<T> {
  push(item: T): void;
  /** Takes out the waiting items that match, in order. */
  take(matches: (item: T) => boolean): T[];
}

/** Makes a queue; `handle` must not throw. */
export function createQueue<T>(handle: (item: T) => Promise<void>): Queue<T> {
  let waiting: T[] = [];
  let working = false;
  const work = async (): Promise<void> => {
    working = true;
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await handle(item);
    working = false;
  };
  return {
    push: (item) => {
      waiting.push(item);
      if (!working) void work();
    },
    take: (matches) => {
      const taken = waiting.filter(matches);
      waiting = waiting.filter((item) => !matches(item));
      return taken;
    },
  };
}
