/** What was made last for each key. */
export interface Recent<T> {
  /** Finds it, or makes it. */
  get(key: string, make: () => Promise<T>): Promise<T>;
}

/** Remembers what the most recent keys stood for; what fails is made anew. */
export function recent<T>(most: number): Recent<T> {
  const known = new Map<string, T>();
  return {
    async get(key, make) {
      const value = known.has(key) ? known.get(key)! : await make();
      known.delete(key); // the newest stands last
      known.set(key, value);
      if (known.size > most) known.delete(known.keys().next().value!);
      return value;
    },
  };
}
