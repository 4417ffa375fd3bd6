/** Training rows as columns of equal length: numbers, or texts for keys. */
export type Columns = Record<string, ArrayLike<number | string>>;

/** What an additive model is made of: one slope per number column, one effect per value of a key column. */
export interface AdditiveModel {
  intercept: number;
  slopes: Record<string, number>;
  effects: Record<string, Map<number | string, number>>;
}

/** Which columns enter the model, and how strongly rare keys are pulled towards zero. */
export interface FitOptions {
  numbers: readonly string[];
  keys: readonly string[];
  /** Rows' worth of pull towards zero for each key's effect. */
  shrinkage?: number;
  /** Passes over all terms. */
  passes?: number;
}

/**
 * Fits an additive model by backfitting: each term in turn takes the mean of what the other terms leave unexplained
 * (Hastie and Tibshirani, Generalized Additive Models, 1990, chapter 4); a key with few rows is shrunk towards zero.
 *
 * @param columns training rows, all columns of one length
 * @param target minutes of delay, one per row
 * @param options columns to use, shrinkage in rows (default 50), passes (default 12)
 * @returns the model, its numbers rounded to 1e-6 so that it is the same on every machine
 */
export function fitAdditive(columns: Columns, target: ArrayLike<number>, options: FitOptions): AdditiveModel {
  const { numbers, keys, shrinkage = 50, passes = 12 } = options;
  const rest = Float64Array.from(target);
  const intercept = mean(rest);
  subtract(rest, () => intercept);
  const lines = numbers.map((name) => lineTerm(columns[name] as ArrayLike<number>));
  const groups = keys.map((name) => groupTerm(columns[name]!, shrinkage));
  for (let pass = 0; pass < passes; pass++) {
    for (const term of [...lines, ...groups]) term.refit(rest);
  }
  const slopes = Object.fromEntries(numbers.map((name, i) => [name, round(lines[i]!.slope())]));
  const shift = numbers.reduce((sum, name, i) => sum + slopes[name]! * lines[i]!.centre, 0);
  const effects = Object.fromEntries(keys.map((name, i) => [name, groups[i]!.effects()]));
  return { intercept: round(intercept - shift), slopes, effects };
}

/**
 * The model's answers.
 *
 * @param model a fitted model
 * @param columns rows to answer for, all columns of one length; unknown keys have no effect
 * @param rows number of rows
 * @returns minutes of delay, one per row
 */
export function predictAdditive(model: AdditiveModel, columns: Columns, rows: number): Float64Array {
  const out = new Float64Array(rows).fill(model.intercept);
  for (const [name, slope] of Object.entries(model.slopes)) {
    const column = columns[name] as ArrayLike<number>;
    for (let row = 0; row < rows; row++) out[row]! += slope * column[row]!;
  }
  for (const [name, effects] of Object.entries(model.effects)) {
    const column = columns[name]!;
    for (let row = 0; row < rows; row++) out[row]! += effects.get(column[row]!) ?? 0;
  }
  return out;
}

interface Term {
  refit(rest: Float64Array): void;
}

function lineTerm(column: ArrayLike<number>): Term & { slope(): number; centre: number } {
  const centre = mean(column);
  const centred = Float64Array.from(column, (value) => value - centre);
  const square = centred.reduce((sum, value) => sum + value * value, 0);
  let slope = 0;
  return {
    centre,
    slope: () => slope,
    refit(rest) {
      let dot = 0;
      for (let row = 0; row < rest.length; row++) dot += rest[row]! * centred[row]!;
      const step = square === 0 ? 0 : dot / square;
      slope += step;
      subtract(rest, (row) => step * centred[row]!);
    },
  };
}

function groupTerm(column: ArrayLike<number | string>, shrinkage: number) {
  const index = new Map<number | string, number>();
  const codes = Int32Array.from(column as ArrayLike<unknown>, (value) => {
    const key = value as number | string;
    if (!index.has(key)) index.set(key, index.size);
    return index.get(key)!;
  });
  const counts = new Float64Array(index.size);
  for (const code of codes) counts[code]!++;
  const effect = new Float64Array(index.size);
  return {
    effects: () => new Map([...index].map(([key, code]) => [key, round(effect[code]!)])),
    refit(rest: Float64Array) {
      const sums = new Float64Array(index.size);
      for (let row = 0; row < rest.length; row++) sums[codes[row]!]! += rest[row]! + effect[codes[row]!]!;
      const next = sums.map((sum, code) => sum / (counts[code]! + shrinkage));
      subtract(rest, (row) => next[codes[row]!]! - effect[codes[row]!]!);
      effect.set(next);
    },
  };
}

function subtract(rest: Float64Array, part: (row: number) => number): void {
  for (let row = 0; row < rest.length; row++) rest[row]! -= part(row);
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let row = 0; row < values.length; row++) sum += values[row]!;
  return sum / values.length;
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
