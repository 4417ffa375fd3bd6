/** How a person or the system ends a command that takes long. */
export interface StopSignals extends Disposable {
  /** Aborted by the first Ctrl-C: what runs ends in good order. */
  signal: AbortSignal;
  /** Aborted by the second: what runs is killed, and what there is is saved. */
  kill: AbortSignal;
}

/**
 * Listens for SIGINT and SIGTERM; the third ends this process at once, with exit code 1.
 *
 * @param note says what the first one does, and the way on
 * @param meaning what it says of them
 * @returns the signals; dispose of them to listen no more
 */
export function listenForStop(
  note: (line: string) => void,
  meaning = "ends the running cell and saves; once more kills it",
): StopSignals {
  const [stop, kill] = [new AbortController(), new AbortController()];
  const onSignal = (): void => {
    if (kill.signal.aborted) Deno.exit(1);
    if (stop.signal.aborted) return kill.abort();
    note(`interrupted: ${meaning}`);
    stop.abort();
  };
  for (const name of SIGNALS) Deno.addSignalListener(name, onSignal);
  return {
    signal: stop.signal,
    kill: kill.signal,
    [Symbol.dispose]: () => {
      for (const name of SIGNALS) Deno.removeSignalListener(name, onSignal);
    },
  };
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
