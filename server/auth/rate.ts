/** A bound on how often something happens: a bucket that fills steadily, and holds what a second brings. */
export interface Rate {
  /** Takes one from the bucket: 0 when there was one, else the milliseconds until there is. */
  take(nowMs: number): number;
}

/**
 * Makes a full bucket.
 *
 * @param perSecond how many a second; at least one fits in
 * @param nowMs the time now, milliseconds of any clock that does not go back
 * @returns the bucket
 */
export function createRate(perSecond: number, nowMs: number): Rate {
  const most = Math.max(1, perSecond);
  let left = most, atMs = nowMs;
  return {
    take(nowMs) {
      left = Math.min(most, left + Math.max(0, nowMs - atMs) * perSecond / 1000);
      atMs = nowMs;
      if (left >= 1) {
        left--;
        return 0;
      }
      return (1 - left) * 1000 / perSecond;
    },
  };
}
