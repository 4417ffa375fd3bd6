import type { Flavour } from "./flavour.ts";
import { LOOKUP } from "./lookup_flavour.ts";
import { OIP } from "./oip_flavour.ts";
import { ONNX } from "./onnx_flavour.ts";
import { TYPESCRIPT } from "./typescript_flavour.ts";

/** The kinds of models that are loaded, by their name in MLmodel. */
export const FLAVOURS = { onnx: ONNX, lookup: LOOKUP, oip: OIP, typescript_function: TYPESCRIPT } satisfies Record<
  string,
  Flavour
>;

/** Name of a flavour. */
export type FlavourName = keyof typeof FLAVOURS;

/**
 * Finds a flavour by its name.
 *
 * @param name its name in MLmodel
 * @returns how it is described and opened
 */
export function flavourOf(name: FlavourName): Flavour {
  return FLAVOURS[name];
}
