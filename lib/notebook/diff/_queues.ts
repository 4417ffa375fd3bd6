/** Takes the next item of a key; undefined where none is left. */
export type Take<T> = (key: string) => T | undefined;

/** Queues items by key, so that each is handed out once and in order. */
export function openQueues<T>(items: readonly T[], keyOf: (item: T) => string): Take<T> {
  const queues = new Map<string, { items: T[]; next: number }>();
  for (const item of items) {
    const queue = queues.get(keyOf(item));
    if (queue) queue.items.push(item);
    else queues.set(keyOf(item), { items: [item], next: 0 });
  }
  return (key) => {
    const queue = queues.get(key);
    return queue?.items[queue.next++];
  };
}
