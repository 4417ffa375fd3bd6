/** Collects Arrow validity (one bit a row, least significant first, 1 = there) chunk by chunk. */
export interface BitmapBuilder {
  /** Adds `count` rows: DuckDB's mask, or null when all are there; `skip` bits of the mask belong to other rows. */
  add(mask: BigUint64Array | null, skip: number, count: number): void;
  finish(): { nullCount: number; validity?: Uint8Array };
}

export function bitmapBuilder(): BitmapBuilder {
  const chunks: { bytes: Uint8Array | null; skip: number; count: number }[] = [];
  let length = 0;
  return {
    add(mask, skip, count) {
      const bytes = mask ? new Uint8Array(mask.buffer, mask.byteOffset, mask.byteLength).slice() : null;
      chunks.push({ bytes: bytes && hasNull(bytes, skip, count) ? bytes : null, skip, count });
      length += count;
    },
    finish() {
      if (chunks.every(({ bytes }) => !bytes)) return { nullCount: 0 };
      const validity = new Uint8Array((length + 7) >> 3);
      let at = 0, valid = 0;
      for (const { bytes, skip, count } of chunks) {
        valid += copyBits(bytes, skip, count, validity, at);
        at += count;
      }
      return { nullCount: length - valid, validity };
    },
  };
}

function hasNull(bytes: Uint8Array, skip: number, count: number): boolean {
  for (let i = skip; i < skip + count; i++) if (!((bytes[i >> 3]! >> (i & 7)) & 1)) return true;
  return false;
}

function copyBits(from: Uint8Array | null, skip: number, count: number, to: Uint8Array, at: number): number {
  let valid = 0;
  for (let i = 0; i < count; i++) {
    if (from && !((from[(skip + i) >> 3]! >> ((skip + i) & 7)) & 1)) continue;
    to[(at + i) >> 3]! |= 1 << ((at + i) & 7);
    valid++;
  }
  return valid;
}

/** Packs bytes of 0 and 1 into bits. */
export function packBits(bytes: Uint8Array): Uint8Array {
  const bits = new Uint8Array((bytes.length + 7) >> 3);
  for (let i = 0; i < bytes.length; i++) if (bytes[i]) bits[i >> 3]! |= 1 << (i & 7);
  return bits;
}

/** Whether DuckDB's mask says that a row is NULL. */
export function isNullAt(mask: BigUint64Array | null, skip: number, row: number): boolean {
  return mask !== null && !((mask[(skip + row) >> 6]! >> BigInt((skip + row) & 63)) & 1n);
}
