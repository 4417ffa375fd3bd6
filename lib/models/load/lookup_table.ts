import { z } from "zod";
import { type ArrowTable, fromArrowBytes, typeName } from "../../columns/mod.ts";
import type { ModelSignature, SignatureColumn, SignatureType } from "../signature.ts";

/** What a lookup's entry in MLmodel says beside its artefact. */
export const lookupSettings = z.object({
  missing: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});

/** What a lookup's entry in MLmodel says beside its artefact. */
export interface LookupSettings {
  /** What an output says of a key that is not in the table; null where it is not named. */
  missing: Record<string, number | string | boolean>;
}

/** How the artefact spells the types of a signature. */
export const LOOKUP_TYPES: Readonly<Record<SignatureType, string>> = {
  double: "double",
  float: "float",
  long: "int64",
  integer: "int32",
  string: "string",
  boolean: "bool",
};

/** Types that a key may have. */
export const KEY_TYPES: readonly SignatureType[] = ["string", "long", "integer"];

/**
 * Reads the artefact of a lookup.
 *
 * @param label what is opened, for messages
 * @param data Arrow IPC
 * @param signature keys and values
 * @returns the table, a view over the bytes
 * @throws {TypeError} when it is no such table, or a column is not as the signature says
 */
export function readLookupTable(label: string, data: Uint8Array, { inputs, outputs }: ModelSignature): ArrowTable {
  const table = parse(label, data);
  for (const input of inputs) {
    if (!KEY_TYPES.includes(input.type)) throw misfit(label, input, "a text or a whole number, as keys are");
  }
  for (const column of [...inputs, ...outputs]) {
    const found = table.getChild(column.name);
    if (!found) throw misfit(label, column, "missing");
    if (typeName(found.type) !== LOOKUP_TYPES[column.type]) throw misfit(label, column, typeName(found.type));
  }
  return table;
}

function parse(label: string, data: Uint8Array): ArrowTable {
  try {
    return fromArrowBytes(data);
  } catch (cause) {
    throw new TypeError(`Cannot load "${label}" as its table must be Arrow IPC: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function misfit(label: string, { name, type }: SignatureColumn, found: string): TypeError {
  return new TypeError(
    `Cannot load "${label}" as column "${name}" of its table must be the ${type} of its signature: it is ${found}; ` +
      "log the model again",
  );
}
