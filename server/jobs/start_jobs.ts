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
  const woken = await wakeUps(await workbench.bus(), signal);
  while (!signal.aborted) {
    try {
      await job.round(signal);
    } catch (error) {
      if (!signal.aborted) note(`jobs ${explain(error)}; the next round tries again`);
    }
    await woken.next(everyMs);
  }
}

/** Resolves at the next `model` event since it was made, after a time, or when the signal aborts. */
async function wakeUps(bus: Bus, signal: AbortSignal): Promise<{ next(ms: number): Promise<void> }> {
  const { topic } = STANDARD_EVENTS.model!;
  const positionOf = async () => (await bus.positions(topic))[0]!;
  const isThere = (await bus.topics()).some((known) => known.topic === topic);
  let seen = isThere ? (await positionOf()).high : 0;
  let wake = () => {};
  let isDue = false, isFollowing = false;
  const due = () => {
    isDue = true;
    wake();
  };
  const follow = async () => {
    seen = Math.max(seen, (await positionOf()).low);
    for await (const { endOffset } of bus.read(topic, 0, seen, { follow: true, signal })) {
      seen = endOffset;
      due();
    }
  };
  signal.addEventListener("abort", due, { once: true });
  return {
    next: async (ms) => {
      if (!isFollowing && !signal.aborted) {
        isFollowing = true;
        // Rounds go on by the clock where the bus cannot be followed; the round itself tells of a bus that is away.
        follow().catch(() => isFollowing = false);
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
