import type { Bus } from "../../lib/bus/mod.ts";
import { STANDARD_EVENTS } from "../../lib/events/mod.ts";
import { explain } from "../commands/explain.ts";
import { evaluationJob, type EvaluationParts } from "./evaluations.ts";

/** How jobs run. */
export interface JobsOptions extends EvaluationParts {
  /** Ends the jobs; an evaluation that runs is left to the next start. */
  signal: AbortSignal;
  /**
   * Milliseconds between two looks at the registry. A `model` event on the bus is a reason to look at once.
   *
   * @default 5000
   */
  everyMs?: number;
}

/**
 * Runs the jobs of a workbench until told to end: what is registered is evaluated. A fault, such as a registry that is
 * away, is noted and the next round tries again.
 *
 * @param options workbench, runner, signal
 * @returns resolves when the signal has aborted
 */
export async function startJobs({ signal, everyMs = 5_000, ...parts }: JobsOptions): Promise<void> {
  const { workbench, note } = parts;
  const job = await evaluationJob(parts);
  const woken = wakeUps(await workbench.bus(), signal);
  while (!signal.aborted) {
    try {
      await job.round(signal);
    } catch (error) {
      if (!signal.aborted) note(`jobs ${explain(error)}; the next round tries again`);
    }
    await woken.next(everyMs);
  }
}

/** Resolves at the next `model` event, after a time, or when the signal aborts. */
function wakeUps(bus: Bus, signal: AbortSignal): { next(ms: number): Promise<void> } {
  let wake = () => {};
  let isDue = false;
  const due = () => {
    isDue = true;
    wake();
  };
  const follow = async () => {
    const { topic } = STANDARD_EVENTS.model!;
    const [position] = await bus.positions(topic);
    for await (const _ of bus.read(topic, 0, position!.high, { follow: true, signal })) due();
  };
  signal.addEventListener("abort", due, { once: true });
  let following = false;
  return {
    next: async (ms) => {
      if (!following && !signal.aborted) {
        following = true;
        // Rounds go on by the clock where the bus cannot be followed; the round itself tells of a bus that is away.
        follow().catch(() => following = false);
      }
      if (!isDue && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => (clearTimeout(timer), resolve());
        });
      }
      isDue = false;
    },
  };
}
