import { Presets, SingleBar } from "cli-progress";

/** A progress bar on standard error; silent where that is no terminal. */
export interface Progress extends Disposable {
  /** Sets how far it is, and what is being done. */
  update(done: number, label?: string): void;
}

/**
 * Opens a progress bar.
 *
 * @param label what is being done
 * @param total how many steps there are
 * @returns the bar; disposing ends it
 */
export function openProgress(label: string, total: number): Progress {
  if (!Deno.stderr.isTerminal()) return { update: () => {}, [Symbol.dispose]: () => {} };
  const bar = new SingleBar({
    format: "{label} {bar} {percentage} % | {value} of {total} | {eta_formatted} left",
    clearOnComplete: true,
    hideCursor: true,
  }, Presets.shades_classic);
  bar.start(total, 0, { label });
  return {
    update: (done, next) => bar.update(Math.min(done, total), next === undefined ? {} : { label: next }),
    [Symbol.dispose]: () => bar.stop(),
  };
}
