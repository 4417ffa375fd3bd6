import type { ArrowTable } from "./arrow_table.ts";
import { rowsOf } from "./rows.ts";

/** The part of a danfo.js DataFrame that callers of this module rely on. */
export interface DanfoFrame {
  /** Rows and columns. */
  readonly shape: [rows: number, columns: number];
  /** Column names. */
  readonly columns: string[];
  /** Any other member of danfo's DataFrame. */
  readonly [member: string]: unknown;
}

/** Loads the module of danfo.js. */
export type DanfoLoader = () => Promise<unknown>;

const DANFO = "danfojs@1.1.2";

/**
 * Hands a table to danfo.js, which is optional: it is fetched by the first call (about 1 GB with tensorflow.js).
 *
 * @param table Arrow table
 * @param options `load` replaces the way danfo.js is loaded
 * @returns danfo.js DataFrame of the same columns; cells as `rowsOf` reads them
 * @throws {Error} when danfo.js cannot be fetched
 * @example
 * ```ts
 * import { tableFromRows } from "./from_rows.ts";
 * import { toDanfo } from "./danfo.ts";
 * const load = () => Promise.resolve({ DataFrame: class { shape = [1, 1]; } }); // left out, the real danfo.js is fetched
 * console.assert((await toDanfo(tableFromRows([{ hour: 18 }]), { load })).shape[0] === 1);
 * ```
 */
export async function toDanfo(
  table: ArrowTable,
  { load = fetchDanfo }: { load?: DanfoLoader } = {},
): Promise<DanfoFrame> {
  const danfo = await load().catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`Cannot load danfo.js as ${DANFO} could not be fetched: ${reason}; be online for its first use`, {
      cause,
    });
  });
  const DataFrame = frameClass(danfo);
  return new DataFrame(rowsOf(table), { columns: table.names.map(String) });
}

// The name is put together at run time, so that neither install nor type check fetches danfo.js beforehand.
function fetchDanfo(): Promise<unknown> {
  return import(["npm", DANFO].join(":"));
}

function frameClass(danfo: unknown): new (rows: unknown[], options: { columns: string[] }) => DanfoFrame {
  const { DataFrame, default: inner } = danfo as Record<string, unknown>;
  const found = DataFrame ?? (inner as Record<string, unknown> | undefined)?.DataFrame;
  if (typeof found !== "function") {
    throw new TypeError(`Cannot use danfo.js as ${DANFO} must export DataFrame: it does not`);
  }
  return found as ReturnType<typeof frameClass>;
}
