/** Numbers by row: a plain or typed array. */
export type Series = ArrayLike<number>;

/** Refuses an empty series and one with a value that is not finite; `verb` is what the caller does, for the error. */
export function checkSeries(verb: string, values: Series): void {
  if (values.length === 0) throw new RangeError(`Cannot ${verb} as there must be at least one row: got none`);
  for (let row = 0; row < values.length; row++) {
    if (Number.isFinite(values[row])) continue;
    throw new RangeError(`Cannot ${verb} as values must be finite: got ${values[row]} at row ${row}`);
  }
}

/** Refuses two series that do not belong together row by row. */
export function checkPair(verb: string, first: Series, second: Series): void {
  if (first.length !== second.length) {
    throw new RangeError(
      `Cannot ${verb} as both series must have as many rows: got ${first.length} and ${second.length}`,
    );
  }
  checkSeries(verb, first);
  checkSeries(verb, second);
}

/** simple-statistics asks for number[], and reads by index only. */
export function asArray(values: Series): number[] {
  return values instanceof Float64Array ? values as unknown as number[] : Array.from(values);
}
