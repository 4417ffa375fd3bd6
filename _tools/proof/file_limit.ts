const RLIMIT_FSIZE = 1, SIGXFSZ = 25, SIG_IGN = 1n;
const NO_LIMIT = 2n ** 64n - 1n;

/** Decides whether the files of this process may grow. */
export interface FileLimit {
  /** From now on the kernel refuses every byte that is written to a file, by EFBIG. */
  refuse(): void;
  /** Files may grow again. */
  allow(): void;
}

/**
 * Opens the limit on the size of the files that this process writes (setrlimit(2), Linux).
 *
 * @returns the limit
 * @throws {Error} when the system has no such call
 */
export function openFileLimit(): FileLimit {
  const libc = Deno.dlopen("libc.so.6", {
    setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
    signal: { parameters: ["i32", "usize"], result: "usize" },
  });
  libc.symbols.signal(SIGXFSZ, SIG_IGN); // whose default action would end the process
  const set = (bytes: bigint) => {
    if (libc.symbols.setrlimit(RLIMIT_FSIZE, new BigUint64Array([bytes, NO_LIMIT])) === 0) return;
    throw new Error(`Cannot limit the size of files to ${bytes} as setrlimit refuses it`);
  };
  return { refuse: () => set(0n), allow: () => set(NO_LIMIT) };
}

/**
 * Tells whether an error comes from a disk that refuses to write.
 *
 * @param error what was thrown
 * @returns true where the kernel said EFBIG, however it was passed on
 */
export function isRefusal(error: unknown): boolean {
  return /File too large|os error 27|disk I\/O error|disk is full|EFBIG/i.test(textOf(error));
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.cause === undefined ? "" : textOf(error.cause)}`;
}
