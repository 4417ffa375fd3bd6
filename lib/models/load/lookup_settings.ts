import { z } from "zod";

/** What a lookup's entry in MLmodel says. */
export const lookupSettings = z.object({
  /** Value by output where a key is not in the table; null in every output that it does not name. */
  missing: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});

/** What a lookup's entry in MLmodel says. */
export type LookupSettings = z.output<typeof lookupSettings>;

/** A value of a lookup. */
export type LookupValue = number | string | boolean | null;
