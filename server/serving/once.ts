import { sha256 } from "../../lib/events/mod.ts";
import { Problem } from "../http/mod.ts";

/** Remembers answers by idempotency key, so that a repeated request gets the same decision. */
export interface Once {
  /** Runs the work unless this key was seen in this scope; the same key with another request is a 422. */
  run<T>(scope: string, key: string, request: string, work: () => Promise<T>): Promise<T>;
}

interface Entry {
  request: string;
  answer: Promise<unknown>;
  untilMs: number;
}

/**
 * Makes an empty memory of answers. A failed work is forgotten, so that a retry may succeed.
 *
 * @param options largest number of entries, milliseconds that an entry is kept, and the clock in milliseconds
 * @returns the memory
 */
export function createOnce(
  { maxEntries = 10_000, keepMs = 600_000, nowMs = () => performance.now() }: {
    maxEntries?: number;
    keepMs?: number;
    nowMs?: () => number;
  } = {},
): Once {
  const entries = new Map<string, Entry>();
  const forget = () => {
    for (const [key, { untilMs }] of entries) {
      if (untilMs > nowMs() && entries.size <= maxEntries) break;
      entries.delete(key);
    }
  };
  return {
    run<T>(scope: string, key: string, request: string, work: () => Promise<T>): Promise<T> {
      if (key.length === 0 || key.length > 255) {
        throw new Problem(400, `Idempotency-Key must have 1 to 255 characters: got ${key.length}`);
      }
      const id = `${scope} ${key}`, digest = sha256(request);
      forget();
      const known = entries.get(id);
      if (known && known.request !== digest) {
        throw new Problem(422, "Idempotency-Key must not be used again with another request");
      }
      if (known) return known.answer as Promise<T>;
      const answer = work();
      entries.set(id, { request: digest, answer, untilMs: nowMs() + keepMs });
      answer.catch(() => entries.delete(id));
      return answer;
    },
  };
}
