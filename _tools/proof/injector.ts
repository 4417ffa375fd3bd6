import process from "node:process";
import type { Fault, Step } from "./fault.ts";
import type { Random } from "./random.ts";
import type { FileLimit } from "./file_limit.ts";
import { isRefusal } from "./file_limit.ts";

/** What a child tells its parent, one JSON line each; a line is written before the fault that it names strikes. */
export type Report =
  | { type: "ready" }
  | { type: "struck"; fault: number }
  | { type: "pausing"; fault: number; version: number }
  | { type: "try" | "ack"; partition: number; from: number; to: number }
  | { type: "moved"; partition: number; from: number; to: number }
  | { type: "compacted"; files: number }
  | { type: "error"; text: string }
  | { type: "broken"; text: string };

/** What faults need of the process that they strike. */
export interface Victim {
  /** Faults for this process, in order. */
  faults: readonly Fault[];
  /** Decides waiting times. */
  random: Random;
  /** Limit on its files. */
  limit: FileLimit;
  /** Tells the parent, synchronously: a line in the pipe outlives this process. */
  report(report: Report): void;
}

/** The faults of one process. */
export interface Injector {
  /** Takes the next fault of a step, when its time has come; it stays at hand until it has struck. */
  next(step: Step, kinds?: readonly string[]): Fault | null;
  /** Says that a fault strikes now. */
  strike(fault: Fault): void;
  /** Lets the others go first, for a fault that did not get to strike. */
  postpone(fault: Fault): void;
  /** Leaves a fault to the parent, which tells whether it struck. */
  leave(fault: Fault): void;
  /** Says that a fault strikes now, and ends this process by SIGKILL. */
  kill(fault: Fault): never;
  /** Runs an operation under the fault of its step, if there is one now. */
  around<T>(step: Step, operation: () => Promise<T>): Promise<T>;
  /** Refuses all writes to files from now on, for a fault that strikes when `settle` is given the error of it. */
  refuseWrites(fault: Fault): void;
  /** Ends such a refusal. */
  settle(error?: unknown): void;
}

/** An operation was given up. */
class TimeoutFault extends Error {
  override name = "TimeoutError";
}

const GIVE_UP_MS = 5;
const LATE_MS = 150; // the process has tried again by then

/**
 * Makes the injector of a process.
 *
 * @param victim what is struck
 * @returns the injector
 */
export function openInjector(victim: Victim): Injector {
  const { limit, random, report } = victim;
  let waiting = [...victim.faults];
  const passed = new Map<number, number>();
  let refusing: Fault | null = null;

  function next(step: Step, kinds?: readonly string[]): Fault | null {
    const fault = waiting.find((one) => one.step === step && (!kinds || kinds.includes(one.kind)));
    if (!fault || fault !== waiting.find((one) => one.step === step)) return null;
    const before = passed.get(fault.id) ?? 0;
    passed.set(fault.id, before + 1);
    return before >= fault.skip ? fault : null;
  }

  function leave(fault: Fault): void {
    waiting = waiting.filter((one) => one !== fault);
  }

  function postpone(fault: Fault): void {
    if (waiting.includes(fault)) waiting = [...waiting.filter((one) => one !== fault), fault];
  }

  function strike(fault: Fault): void {
    if (!waiting.includes(fault)) return; // two reads at once may hold the same one
    leave(fault);
    report({ type: "struck", fault: fault.id });
  }

  function kill(fault: Fault): never {
    strike(fault);
    process.kill(process.pid, "SIGKILL");
    for (;;); // the signal is on its way
  }

  async function killAround<T>(fault: Fault, operation: () => Promise<T>): Promise<T> {
    if (fault.way === "before") kill(fault);
    const running = operation();
    if (fault.way === "after") await running;
    else await sleep(random.below(3));
    kill(fault);
  }

  async function timeOut<T>(fault: Fault, operation: () => Promise<T>): Promise<T> {
    strike(fault);
    if (fault.way === "late") setTimeout(() => operation().catch(() => undefined), LATE_MS + random.below(100));
    await sleep(GIVE_UP_MS);
    throw new TimeoutFault(`no answer within ${GIVE_UP_MS} ms`);
  }

  async function lose<T>(fault: Fault, operation: () => Promise<T>): Promise<T> {
    await operation();
    strike(fault);
    throw new TimeoutFault("the answer was lost");
  }

  async function refuseDisk<T>(fault: Fault, operation: () => Promise<T>): Promise<T> {
    refuseWrites(fault);
    try {
      const result = await operation();
      settle();
      return result;
    } catch (error) {
      settle(error);
      throw error;
    }
  }

  function refuseWrites(fault: Fault): void {
    refusing = fault;
    limit.refuse();
  }

  function settle(error?: unknown): void {
    if (refusing === null) return;
    limit.allow();
    if (error !== undefined && isRefusal(error)) strike(refusing);
    else postpone(refusing);
    refusing = null;
  }

  async function around<T>(step: Step, operation: () => Promise<T>): Promise<T> {
    if (refusing !== null) return await operation();
    const fault = next(step, ["kill", "timeout", "lost", ...(step === "put" ? [] : ["disk"])]); // a put renames, and writes nothing
    if (fault === null) return await operation();
    if (fault.kind === "kill") return await killAround(fault, operation);
    if (fault.kind === "timeout") return await timeOut(fault, operation);
    if (fault.kind === "lost") return await lose(fault, operation);
    return await refuseDisk(fault, operation);
  }

  return { next, strike, postpone, leave, kill, around, refuseWrites, settle };
}

/**
 * Waits.
 *
 * @param ms milliseconds
 */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
