/** Something that takes memory until it is disposed of. */
export interface Cached extends AsyncDisposable {
  /** Memory that it takes, about, bytes. */
  readonly bytes: number;
}

/** Something in the cache that stays there until it is released. */
export interface Held<T> extends AsyncDisposable {
  /** What is held. */
  readonly value: T;
}

/** What was opened, by its content. */
export interface ModelCache<T extends Cached> extends AsyncDisposable {
  /**
   * Takes what is there under a key, or opens it, once however many ask at once.
   *
   * @param key names the content
   * @param open opens it
   * @returns what is there, not disposed of before it is released
   */
  hold(key: string, open: () => Promise<T>): Promise<Held<T>>;
  /** Does some work with what is there, which is held meanwhile. */
  use<R>(key: string, open: () => Promise<T>, work: (value: T) => Promise<R>): Promise<R>;
}

interface Entry<T> {
  opening: Promise<T>;
  /** What was opened; null until then. */
  value: T | null;
  /** Who holds it or waits for it. */
  users: number;
}

/**
 * Keeps what was opened while it fits into so many bytes. Past these, what was not used for longest is disposed of, but
 * nothing that is held, and not what was used last, which would else be opened for each use.
 *
 * @param mostBytes bytes that all may take together
 * @returns the cache; once it is disposed of, what is held is disposed of when it is released
 * @throws {RangeError} when the bound is no number of bytes
 */
export function modelCache<T extends Cached>(mostBytes: number): ModelCache<T> {
  if (!(mostBytes >= 0)) throw new RangeError(`Cannot keep models as cacheBytes must be at least 0: got ${mostBytes}`);
  // By last use, oldest first.
  const entries = new Map<string, Entry<T>>();
  let bytes = 0, closed = false, newest: Entry<T> | null = null;

  async function dispose(key: string, { value }: Entry<T>): Promise<void> {
    entries.delete(key);
    bytes -= value!.bytes;
    await value![Symbol.asyncDispose]();
  }

  async function shrink(): Promise<void> {
    for (const [key, entry] of [...entries].slice(0, closed ? undefined : -1)) {
      if (bytes <= mostBytes && !closed) return;
      if (entry.users === 0 && entry.value !== null && entries.get(key) === entry) await dispose(key, entry);
    }
  }

  function start(key: string, open: () => Promise<T>): Entry<T> {
    const entry: Entry<T> = { opening: open(), value: null, users: 0 };
    entries.set(key, entry);
    entry.opening.then((value) => {
      entry.value = value;
      bytes += value.bytes;
    }, () => entries.delete(key));
    return entry;
  }

  /** Finds what is there, or opens it, and counts a user. */
  function take(key: string, open: () => Promise<T>): Entry<T> {
    if (closed) throw new Error("Cannot use a model as its registry was closed");
    const entry = entries.get(key) ?? start(key, open);
    if (newest !== entry) {
      entries.delete(key);
      entries.set(key, entry);
    }
    newest = entry;
    entry.users++;
    return entry;
  }

  async function opened({ value, opening }: Entry<T>): Promise<T> {
    const found = value ?? await opening;
    if (bytes > mostBytes) await shrink();
    return found;
  }

  async function release(entry: Entry<T>): Promise<void> {
    entry.users--;
    if (bytes > mostBytes || closed) await shrink();
  }

  return {
    async hold(key, open) {
      const entry = take(key, open);
      const value = await opened(entry);
      let isHeld = true;
      return {
        value,
        [Symbol.asyncDispose]: async () => {
          if (!isHeld) return;
          isHeld = false;
          await release(entry);
        },
      };
    },
    async use(key, open, work) {
      const entry = take(key, open);
      const value = entry.value ?? await opened(entry);
      try {
        return await work(value);
      } finally {
        await release(entry);
      }
    },
    [Symbol.asyncDispose]: async () => {
      closed = true;
      await Promise.allSettled([...entries.values()].map(({ opening }) => opening));
      await shrink();
    },
  };
}
