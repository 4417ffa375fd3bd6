import type { Guarantee } from "../../lib/config/mod.ts";
import { explain } from "../commands/explain.ts";

/** The parts of a workbench, in the order that they are told in. */
export const PARTS: readonly Finding["part"][] = [
  "machine",
  "settings",
  "bus",
  "lake",
  "topics",
  "registry",
  "planes",
];

/** What an examination found about one thing. */
export interface Finding {
  /** Part of the workbench that it is about. */
  part: "machine" | "settings" | "bus" | "lake" | "topics" | "registry" | "planes";
  /** What it is about, for example `put-if-absent`. */
  name: string;
  /** proved, promised, broken: as a guarantee; off: not running, which is no fault. */
  state: Guarantee["state"] | "off";
  /** How it was proved, what it rests on, or what is wrong with the way out. */
  detail: string;
}

const TIMEOUT_MS = 45_000;

/**
 * Makes findings; whatever goes wrong becomes one that is broken, so that the rest can still be told.
 *
 * @param part part of the workbench
 * @param name what is examined
 * @param examine makes the findings
 * @param timeoutMs longest wait, milliseconds
 * @returns the findings
 */
export async function attempt(
  part: Finding["part"],
  name: string,
  examine: () => Promise<Omit<Finding, "part">[]>,
  timeoutMs = TIMEOUT_MS,
): Promise<Finding[]> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    return (await Promise.race([examine(), late.promise])).map((finding) => ({ part, ...finding }));
  } catch (error) {
    return [{ part, name, state: "broken", detail: explain(error) }];
  } finally {
    clearTimeout(timer);
  }
}
