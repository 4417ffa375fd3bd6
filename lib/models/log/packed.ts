import type { InputRead } from "../../lake/mod.ts";
import type { FeatureRow } from "../load/feeds.ts";
import type { FlavourName } from "../load/flavours.ts";
import { type ModelSignature, readSignature, writeSignature } from "../signature.ts";

/** Content of a version that is to be logged: it has answered its example. */
export interface Packed {
  /** Kind of model. */
  flavour: FlavourName;
  /** What the flavour's entry in MLmodel says beside its artefact. */
  settings: Record<string, unknown>;
  /** Bytes of the artefact; none where the flavour has no artefact. */
  data: Uint8Array;
  /** What it takes and gives. */
  signature: ModelSignature;
  /** One row that it answers. */
  example: FeatureRow;
  /** What it was made from, where that is more exact than all that the run has read. */
  inputs?: InputRead[];
}

/**
 * Checks what a model answered its example.
 *
 * @param name name of the model
 * @param answers its answers; the first one is looked at
 * @throws {TypeError} when a number of it is not finite
 */
export function checkAnswer(name: string, [answer]: readonly unknown[]): void {
  const odd = numbersOf(answer).find((number) => !Number.isFinite(number));
  if (odd === undefined) return;
  throw new TypeError(`Cannot log "${name}" as it must answer its example with a finite number: got ${odd}`);
}

/**
 * Reads a signature that a model is logged with. What is written as MLmodel has it would be without effect.
 *
 * @param name name of the model
 * @param signature what was given
 * @returns the columns
 * @throws {TypeError} when a column has another part than name, type and nullable, or is of another type
 */
export function readGiven(name: string, signature: ModelSignature): ModelSignature {
  for (const column of [...signature.inputs, ...signature.outputs]) {
    const odd = Object.keys(column).find((key) => !["name", "type", "nullable"].includes(key));
    if (odd === undefined) continue;
    throw new TypeError(
      `Cannot log "${name}" as a column of its signature takes name, type and nullable: got ${odd} of ` +
        `"${column.name}"; write nullable: true where a value may be missing`,
    );
  }
  return readSignature(writeSignature(signature), name);
}

/**
 * Says what kind of value was given, for messages.
 *
 * @param value what was given
 * @returns its type; of arrays, null and undefined a word of their own
 */
export function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}

function numbersOf(answer: unknown): number[] {
  if (typeof answer === "number") return [answer];
  return typeof answer === "object" && answer !== null ? Object.values(answer).flatMap(numbersOf) : [];
}
