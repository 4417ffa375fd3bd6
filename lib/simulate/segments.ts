import type { Json } from "../events/mod.ts";
import { type Estimate, estimateShare } from "../stats/mod.ts";

/** A part of the decisions and how many of it changed. */
export interface Segment {
  /** `variant`, or a top-level field of the input. */
  field: string;
  /** Its value in this segment. */
  value: string;
  /** Decisions of it. */
  n: number;
  /** Those of them that changed. */
  changed: number;
  /** Share of them with its 95 % interval. */
  share: Estimate;
}

/** Counts decisions by segment while they come. */
export interface SegmentCounts {
  /** Takes in a decision. */
  add(variant: string, input: Json, isChanged: boolean): void;
  /** The segments: variants first, then the fields that tell changed decisions apart best. */
  segments(): Segment[];
}

/** A field of more values, or of one for almost every decision, is no segment. */
const MAX_VALUES = 12;
const MAX_FIELDS = 4;

/**
 * Counts changed decisions by variant and by those fields of the input that have few values.
 *
 * @returns the counts, empty
 * @example
 * ```ts
 * import { countSegments } from "./segments.ts";
 * const counts = countSegments();
 * counts.add("control", { weekday: 5 }, true);
 * counts.add("control", { weekday: 6 }, false);
 * if (counts.segments().map(({ value }) => value).join() !== "control,5,6") throw new Error("unexpected");
 * ```
 */
export function countSegments(): SegmentCounts {
  const fields = new Map<string, Map<string, { n: number; changed: number }>>([["variant", new Map()]]);
  const count = (field: string, value: string, isChanged: boolean) => {
    const values = fields.get(field) ?? new Map<string, { n: number; changed: number }>();
    fields.set(field, values);
    if (values.size > MAX_VALUES) return;
    const counted = values.get(value) ?? { n: 0, changed: 0 };
    values.set(value, { n: counted.n + 1, changed: counted.changed + Number(isChanged) });
  };
  return {
    add(variant, input, isChanged) {
      count("variant", variant, isChanged);
      if (typeof input !== "object" || input === null || Array.isArray(input)) return;
      for (const [name, value] of Object.entries(input)) {
        if (typeof value !== "object") count(`input.${name}`, String(value), isChanged);
      }
    },
    segments() {
      const counted = [...fields].map(([field, values]) =>
        [...values].map(([value, { n, changed }]): Segment => ({
          field,
          value,
          n,
          changed,
          share: estimateShare(changed, n),
        })).sort((a, b) => b.share.value - a.share.value || (a.value < b.value ? -1 : 1))
      );
      const [variants = [], ...others] = counted;
      const telling = others.filter(({ length }) => length > 1 && length <= MAX_VALUES)
        .sort((a, b) => spreadOf(b) - spreadOf(a)).slice(0, MAX_FIELDS);
      return [...variants, ...telling.flat()];
    },
  };
}

function spreadOf(segments: Segment[]): number {
  const total = segments.reduce((sum, { n }) => sum + n, 0);
  const mean = segments.reduce((sum, { changed }) => sum + changed, 0) / total;
  return segments.reduce((sum, { n, share }) => sum + n / total * (share.value - mean) ** 2, 0);
}
