/**
 * Takes the upper tail of Student's t, P(T > t), exact far out in the tail too: half the regularised incomplete beta
 * function of df / (df + t²) (Abramowitz and Stegun, 26.7.1), by its continued fraction (ibid., 26.5.8).
 *
 * @param t Where the tail begins, in standard errors.
 * @param df Degrees of freedom, above 0; need not be whole, and `Infinity` is the normal distribution.
 * @returns The probability, 0 to 1.
 * @throws {RangeError} When t is not a number, or df not above 0.
 *
 * @example
 * ```ts
 * import { studentTail } from "./distributions.ts";
 *
 * console.assert(Math.abs(studentTail(12.706204736, 1) - 0.025) < 1e-10);
 * ```
 */
export function studentTail(t: number, df: number): number {
  if (Number.isNaN(t) || !(df > 0)) throw outOfRange("take a tail of Student's t", "df must be above 0", df);
  if (t < 0) return 1 - studentTail(-t, df);
  if (df === Infinity) return chiSquareTail(t * t, 1) / 2;
  // As 1 - x is tiny for many degrees of freedom, both are taken by themselves.
  const x = 1 / (1 + t / df * t), rest = 1 / (1 + df / t / t);
  const a = df / 2;
  // ln B(a, ½) is ln Γ(½) − ln Γ(a + ½)/Γ(a).
  const front = Math.exp(-a * Math.log1p(t / df * t) + Math.log(rest) / 2 + logGammaStep(a)) / Math.sqrt(Math.PI);
  if (t === 0) return 0.5;
  const isNear = x > (a + 1) / (a + 2.5);
  return isNear ? 0.5 - front * betaFraction(rest, 0.5, a) : front * betaFraction(x, a, 0.5) / (2 * a);
}

/**
 * Finds where the upper tail of Student's t has a probability: t with P(T > t) = tail, by Newton's method from the
 * middle, which climbs to it as the tail is convex there.
 *
 * @param tail Probability above 0 and at most 0.5.
 * @param df Degrees of freedom, above 0; `Infinity` is the normal distribution.
 * @returns t, 0 or more.
 * @throws {RangeError} When the probability or df is out of range.
 *
 * @example
 * ```ts
 * import { studentQuantile } from "./distributions.ts";
 *
 * console.assert(Math.abs(studentQuantile(0.025, Infinity) - 1.959963984540054) < 1e-12);
 * ```
 */
export function studentQuantile(tail: number, df: number): number {
  if (!(tail > 0 && tail <= 0.5)) {
    throw outOfRange("find a quantile", "the tail must be above 0 and at most 0.5", tail);
  }
  // Newton's steps only climb until rounding is all that is left.
  for (let t = 0;;) {
    const step = (studentTail(t, df) - tail) / density(t, df);
    t = Math.max(0, t + step);
    if (!(step > 1e-14 * t)) return t;
  }
}

/**
 * Takes the upper tail of the chi-square distribution, P(X > x), by upward recurrence from one or two degrees of freedom
 * (Abramowitz and Stegun, 26.4.8).
 *
 * @param x Where the tail begins, 0 or more.
 * @param df Degrees of freedom, a whole number above 0.
 * @returns The probability, 0 to 1.
 * @throws {RangeError} When x is negative or df no whole number above 0.
 *
 * @example
 * ```ts
 * import { chiSquareTail } from "./distributions.ts";
 *
 * console.assert(Math.abs(chiSquareTail(3.841458820694124, 1) - 0.05) < 1e-12);
 * ```
 */
export function chiSquareTail(x: number, df: number): number {
  const verb = "take a tail of the chi-square distribution";
  if (!Number.isSafeInteger(df) || df < 1) throw outOfRange(verb, "df must be a whole number above 0", df);
  if (!(x >= 0)) throw outOfRange(verb, "x must be 0 or more", x);
  const half = x / 2;
  const first = 2 - df % 2;
  let tail = first === 1 ? errorTail(half) : Math.exp(-half);
  let term = first === 1 ? 2 * Math.sqrt(half / Math.PI) * Math.exp(-half) : half * Math.exp(-half);
  for (let k = first; k < df; k += 2) {
    tail += term;
    term *= half / (k / 2 + 1);
  }
  return Math.min(1, tail);
}

/** Density of Student's t (Abramowitz and Stegun, 26.7.1). */
function density(t: number, df: number): number {
  if (df === Infinity) return Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI);
  return Math.exp(logGammaStep(df / 2) - (df + 1) / 2 * Math.log1p(t / df * t)) / Math.sqrt(df * Math.PI);
}

/** ln Γ(a + ½)/Γ(a), by its asymptotic series (DLMF 5.11.13) from 20 on, where the next term is below 1e-16. */
function logGammaStep(a: number): number {
  let below = 0;
  while (a < 20) below += Math.log(a / (a + 0.5)), a++;
  const b = 1 / (a * a);
  const series = (-1 / 8 + b * (1 / 192 + b * (-1 / 640 + b * (17 / 14336 + b * (-31 / 18432))))) / a;
  return below + Math.log(a) / 2 + series;
}

/** The continued fraction of the incomplete beta function, evaluated by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1, d = 1 / notZero(1 - (a + b) * x / (a + 1)), value = d;
  for (let m = 1; m < 1e6; m++) {
    const even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      d = 1 / notZero(1 + term * d);
      c = notZero(1 + term / c);
      factor = c * d;
      value *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return value;
}

/** erfc(√x): by its series (Abramowitz and Stegun, 7.1.6) where it is short, else by its continued fraction (7.1.14). */
function errorTail(x: number): number {
  const front = Math.exp(-x) / Math.sqrt(Math.PI);
  if (x < 2) {
    let term = 2 * Math.sqrt(x), sum = term;
    for (let n = 1; term > sum * 1e-17; n++) sum += term *= x / (n + 0.5);
    return 1 - front * sum;
  }
  let value = 0;
  for (let n = 200; n > 0; n--) value = n / 2 / (Math.sqrt(x) + value);
  return front / (Math.sqrt(x) + value);
}

function notZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

function outOfRange(verb: string, rule: string, found: number): RangeError {
  return new RangeError(`Cannot ${verb} as ${rule}: got ${found}`);
}
