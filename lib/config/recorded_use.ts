/**
 * Tells the process in which cells run, if this is one, that a recorded client uses a file, a folder or an address by
 * other ways than Deno's own functions: in a thread, or through a package. Cells are not blamed for it.
 *
 * @param resource absolute path of a file; of a folder, with a slash at its end, for all in it; or `host:port`
 * @example
 * ```ts
 * import { tellRecordedUse } from "./recorded_use.ts";
 * tellRecordedUse("/srv/boathouse/lake/bus/");
 * ```
 */
export function tellRecordedUse(resource: string): void {
  const recorder = (globalThis as Record<symbol, unknown>)[Symbol.for("Boathouse.recorder")] as Knowing | undefined;
  recorder?.know?.(resource);
}

interface Knowing {
  know?(resource: string): void;
}
