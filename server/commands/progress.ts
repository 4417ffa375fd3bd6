import { Presets, SingleBar } from "cli-progress";

/** A progress bar on standard error; silent where that is no terminal. */
export interface Progress extends Disposable {
  /** Sets how far it is, what is being done, and how long that will take where the caller knows better. */
  update(done: number, label?: string, left?: string): void;
}

/**
 * Opens a progress bar.
 *
 * @param label what is being done
 * @param total how many steps there are
 * @param options `tellsLeft`: the caller says what is left, instead of the pace so far
 * @returns the bar; disposing ends it
 */
export function openProgress(label: string, total: number, { tellsLeft = false } = {}): Progress {
  if (!Deno.stderr.isTerminal()) return { update: () => {}, [Symbol.dispose]: () => {} };
  const left = tellsLeft ? "{left}" : "{eta_formatted} left";
  const bar = new SingleBar({
    format: `{label} {bar} {percentage} % | {value} of {total} | ${left}`,
    clearOnComplete: true,
    hideCursor: true,
  }, Presets.shades_classic);
  bar.start(total, 0, { label, left: "" });
  return {
    update: (done, next, left = "") => {
      bar.update(Math.min(done, total), next === undefined ? { left } : { label: next, left });
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}
