const WAYS_OUT: Readonly<Record<number, string>> = {
  8: "; make that file writable",
  10: "; see to that disk",
  11: "; restore it from a copy",
  13: "; free space on that disk",
  14: "; make that folder writable",
  26: "; name another folder",
};

/**
 * Turns a failure of SQLite or of the file system into one line that says what, where and the way out.
 *
 * @param verb What was done, for example `append to "flights"`.
 * @param place Folder of the bus.
 * @param cause What was thrown; an error of a rule of the bus is returned as it is.
 * @returns The error, to be thrown.
 */
export function explain(verb: string, place: string, cause: unknown): Error {
  if (cause instanceof RangeError && !("errcode" in cause)) return cause;
  const found = cause instanceof Error ? cause.message : String(cause);
  if (found.startsWith("Cannot ")) return cause as Error;
  const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : 0;
  return new Error(`Cannot ${verb} as the bus in "${place}" must take it: ${found}${WAYS_OUT[code] ?? ""}`);
}
