/**
 * Adjusts p-values so that the chance of a single wrong call among them stays bounded (Holm, A simple sequentially
 * rejective multiple test procedure, 1979).
 *
 * @param values p-values, 0 to 1
 * @returns adjusted p-values in the same order
 * @example
 * ```ts
 * import { adjustHolm } from "./adjust_p.ts";
 * if (adjustHolm([0.01, 0.04]).join() !== "0.02,0.04") throw new Error("unexpected");
 * ```
 */
export function adjustHolm(values: readonly number[]): number[] {
  const order = ascending(values), adjusted: number[] = [];
  let least = 0;
  order.forEach((at, rank) => {
    least = Math.max(least, (values.length - rank) * values[at]!);
    adjusted[at] = Math.min(1, least);
  });
  return adjusted;
}

/**
 * Adjusts p-values so that the share of wrong calls among all calls stays bounded (Benjamini, Hochberg, Controlling the
 * false discovery rate, 1995).
 *
 * @param values p-values, 0 to 1
 * @returns adjusted p-values in the same order
 * @example
 * ```ts
 * import { adjustBenjaminiHochberg } from "./adjust_p.ts";
 * if (adjustBenjaminiHochberg([0.01, 0.04]).join() !== "0.02,0.04") throw new Error("unexpected");
 * ```
 */
export function adjustBenjaminiHochberg(values: readonly number[]): number[] {
  const order = ascending(values), adjusted: number[] = [];
  let most = 1;
  for (let rank = order.length; rank > 0; rank--) {
    const at = order[rank - 1]!;
    most = Math.min(most, values.length / rank * values[at]!);
    adjusted[at] = most;
  }
  return adjusted;
}

function ascending(values: readonly number[]): number[] {
  return [...values.keys()].sort((a, b) => values[a]! - values[b]!);
}
