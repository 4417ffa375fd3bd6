const NO_RUNS = 12346;
const WITH_RUNS = 12347;
const OFFSETS_FROM = 4; // with run containers, the offsets are left out of smaller bitmaps
const MAX_ARRAY = 4096;
const WORDS_BYTES = 8192;

/**
 * Reads a 32-bit Roaring bitmap in its portable form (github.com/RoaringBitmap/RoaringFormatSpec).
 *
 * @param view bytes
 * @param start where the bitmap starts
 * @param base what is added to each value
 * @param values receives the values, ascending
 * @returns where the bitmap ends
 * @throws {RangeError} when the bytes end too soon
 * @throws {SyntaxError} when the bytes are no such bitmap
 */
export function readRoaring(view: DataView, start: number, base: number, values: number[]): number {
  const cookie = view.getUint32(start, true);
  const hasRuns = (cookie & 0xffff) === WITH_RUNS;
  if (!hasRuns && cookie !== NO_RUNS) throw new SyntaxError(`a bitmap must start with 12346 or 12347, got ${cookie}`);
  const count = hasRuns ? (cookie >>> 16) + 1 : view.getUint32(start + 4, true);
  const runs = start + 4;
  const header = hasRuns ? runs + Math.ceil(count / 8) : start + 8;
  let at = header + 4 * count + (!hasRuns || count >= OFFSETS_FROM ? 4 * count : 0);
  for (let i = 0; i < count; i++) {
    const high = base + view.getUint16(header + 4 * i, true) * 0x10000;
    const cardinality = view.getUint16(header + 4 * i + 2, true) + 1;
    const isRun = hasRuns && (view.getUint8(runs + (i >> 3)) >> (i & 7) & 1) === 1;
    at = isRun
      ? readRuns(view, at, high, values)
      : cardinality <= MAX_ARRAY
      ? readArray(view, at, high, cardinality, values)
      : readWords(view, at, high, values);
  }
  return at;
}

function readRuns(view: DataView, at: number, high: number, values: number[]): number {
  const end = at + 2 + 4 * view.getUint16(at, true);
  for (let run = at + 2; run < end; run += 4) {
    const first = view.getUint16(run, true);
    const last = first + view.getUint16(run + 2, true);
    for (let low = first; low <= last; low++) values.push(high + low);
  }
  return end;
}

function readArray(view: DataView, at: number, high: number, cardinality: number, values: number[]): number {
  for (let i = 0; i < cardinality; i++) values.push(high + view.getUint16(at + 2 * i, true));
  return at + 2 * cardinality;
}

function readWords(view: DataView, at: number, high: number, values: number[]): number {
  for (let i = 0; i < WORDS_BYTES; i++) {
    const byte = view.getUint8(at + i);
    for (let bit = 0; bit < 8; bit++) if (byte >> bit & 1) values.push(high + 8 * i + bit);
  }
  return at + WORDS_BYTES;
}
