import type { SignatureType } from "../signature.ts";

const isWhole = (value: unknown) => Number.isSafeInteger(value);

/** Whether a value of JSON is of a type. */
export const FITS: Readonly<Record<SignatureType, (value: unknown) => boolean>> = {
  double: Number.isFinite,
  float: Number.isFinite,
  long: isWhole,
  integer: (value) => isWhole(value) && Math.abs(value as number) <= 2 ** 31,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
};

/** What values of a type must be, for messages. */
export const MUST: Readonly<Record<SignatureType, string>> = {
  double: "finite numbers",
  float: "finite numbers",
  long: "whole numbers of at most 2^53",
  integer: "whole numbers of 32 bits",
  string: "texts",
  boolean: "true or false",
};
