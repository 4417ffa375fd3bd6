/** Time and chance, as a client sees them. */
export interface RetryClock {
  /** Now, milliseconds since 1970. */
  now(): number;
  /** Waits so many milliseconds. */
  sleep(ms: number): Promise<void>;
  /** A number from 0 to 1. */
  random(): number;
}

/** The machine's own clock. */
export const MACHINE_CLOCK: RetryClock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

const ATTEMPTS = 5;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;

/** Passing troubles of a server or of what stands before it. */
const PASSING: readonly number[] = [429, 502, 503, 504];

/**
 * Sends a request, again where that is safe: what was refused by 429 was not done, so it is repeated whatever it is; a
 * call that does no harm twice is repeated after 502, 503, 504 and a broken connection too. Waits grow twofold with
 * jitter, or are what Retry-After says; 5 attempts, no wait above 30 s.
 *
 * @param send sends the request anew each time
 * @param isSafe whether doing it twice is as doing it once
 * @param clock time and chance
 * @returns the last answer, whatever its status
 * @throws what the last attempt threw
 */
export async function sendPatiently(
  send: () => Promise<Response>,
  isSafe: boolean,
  clock: RetryClock,
): Promise<Response> {
  for (let attempt = 1;; attempt++) {
    const isLast = attempt === ATTEMPTS;
    let response: Response;
    try {
      response = await send();
    } catch (error) {
      if (isLast || !isSafe || !(error instanceof TypeError)) throw error; // fetch tells a broken connection so
      await clock.sleep(waitMs(attempt, null, clock));
      continue;
    }
    if (isLast || !(response.status === 429 || (isSafe && PASSING.includes(response.status)))) return response;
    await response.body?.cancel();
    await clock.sleep(waitMs(attempt, response.headers.get("retry-after"), clock));
  }
}

function waitMs(attempt: number, retryAfter: string | null, clock: RetryClock): number {
  const asked = retryAfter === null
    ? 0
    : /^\d+$/.test(retryAfter)
    ? Number(retryAfter) * 1000
    : Date.parse(retryAfter) - clock.now() || 0;
  const grown = FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + clock.random());
  return Math.min(LONGEST_WAIT_MS, Math.max(asked, grown));
}
