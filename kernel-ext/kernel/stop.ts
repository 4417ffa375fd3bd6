import { callHost } from "./evaluate.ts";
import { type Patience, settlesIn } from "./patience.ts";
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
  run.stopping = why;
  process.questions.stop(why.name, why.message);
  const asked = callHost(process, "interrupt", [run.n, why.name, why.message]);
  const turned = Promise.all([asked, run.turned.promise]);
  if (await settlesIn(turned, process.pid, TURN)) {
    const patience = run.dropped.bytes > 0 ? FLOODED : CLEAN_UP;
    if (await settlesIn(evaluated, process.pid, patience)) return false;
  } else {
    const terminated = process.inspector.call("Runtime.terminateExecution");
    if (await settlesIn(Promise.all([terminated, turned]), process.pid, TERMINATION)) {
      return await settlesIn(evaluated, process.pid, ANSWER) ? false : await endTerminated(process, run, why);
    }
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

/** A child that is not in a loop takes a turn within a few milliseconds of its time; one that waits for no one takes none. */
const TURN: Patience = { busyMs: 60, ownMs: 1_000 };
/** V8 ends a loop in a millisecond; a regular expression or a native call may take longer to look up. */
const TERMINATION: Patience = { busyMs: 1_000, ownMs: 2_000 };
/** For the answer of an evaluation that ended by itself just before it was ended. */
const ANSWER: Patience = { busyMs: 60, ownMs: 60 };
/** For the `finally` blocks of an interrupted cell. */
const CLEAN_UP: Patience = { busyMs: 2_000, ownMs: 2_000 };
/** For those of a cell that has printed more than is kept. */
const FLOODED: Patience = { busyMs: 1_000, ownMs: 1_000 };
