import { callHost } from "./evaluate.ts";
import type { CellProcess } from "./process.ts";
import type { RunState } from "./session.ts";

/** Why the kernel ends a cell. */
export interface Stop {
  name: string;
  message: string;
}

/**
 * Ends a running cell, as gently as it lets itself be ended: its waits are rejected, so that its `finally` blocks run; a
 * loop that blocks the process is terminated; what goes on all the same is killed with its process.
 *
 * @param process Where it runs.
 * @param run The evaluation.
 * @param options Why it is ended, and what settles when it has ended by itself.
 * @returns Whether its process was killed.
 */
export async function stopRun(
  process: CellProcess,
  run: RunState,
  { why, evaluated }: { why: Stop; evaluated: Promise<unknown> },
): Promise<boolean> {
  run.stopping = true;
  process.questions.stop(why.name, why.message);
  const asked = callHost(process, "interrupt", [run.n, why.name, why.message]);
  const turned = Promise.all([asked, run.turned.promise]);
  if (await settles(turned, ANSWER_MS)) {
    if (await settles(evaluated, CLEAN_UP_MS)) return false;
  } else {
    const terminated = process.inspector.call("Runtime.terminateExecution");
    if (await settles(terminated, TERMINATE_MS) && await settles(evaluated, ANSWER_MS)) return false;
    if (await settles(turned, TERMINATE_MS)) return await endTerminated(process, run, why);
  }
  process.kill();
  return true;
}

// V8 never answers an evaluation that it was made to end, so the kernel says what became of it.
async function endTerminated(process: CellProcess, run: RunState, { name, message }: Stop): Promise<boolean> {
  run.stopped = true;
  await callHost(process, "stop", [run.n, name, message]);
  await run.ended.promise;
  return false;
}

/** A child that is not in a loop answers in a few milliseconds; a busy machine may take some more. */
const ANSWER_MS = 60;
/** V8 ends a loop in a millisecond; a regular expression or a native call may take longer to look up. */
const TERMINATE_MS = 1_000;
/** For the `finally` blocks of an interrupted cell. */
const CLEAN_UP_MS = 2_000;

async function settles(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), withinMs);
  try {
    return await Promise.race([promise.then(() => true, () => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
