/** A reference to one version of a model. */
export interface ModelRef {
  /** Name of the model. */
  name: string;
  /** Number of the version, or an alias. */
  selector: string;
  /** Whether the selector is an alias. */
  isAlias: boolean;
}

/**
 * Reads a reference to a model version.
 *
 * @param ref `name@version` or `name@alias`, for example `flight-delay@champion`
 * @returns its parts
 * @throws {TypeError} when it is not of that form; a version begins with no zero, so that it has one spelling
 * @example
 * ```ts
 * import { parseModelRef } from "./model_ref.ts";
 * const { name, isAlias } = parseModelRef("flight-delay@champion");
 * if (name !== "flight-delay" || !isAlias) throw new Error("unexpected");
 * ```
 */
export function parseModelRef(ref: string): ModelRef {
  const [, name, selector] = /^([^/:@]+)@(?!0\d+$)([\w-]+)$/.exec(ref) ?? [];
  if (name && selector) return { name, selector, isAlias: !/^\d+$/.test(selector) };
  throw new TypeError(
    `Cannot find model ${JSON.stringify(ref)} as a model is named name@version or name@alias: try "flight-delay@1"`,
  );
}

/**
 * Checks the name that a model is to be logged under: what paths, references and MLflow take without quoting.
 *
 * @param name the name
 * @throws {RangeError} when it holds other characters than letters, digits, ".", "_" and "-", or is over 128 long
 */
export function checkLogName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) return;
  throw new RangeError(
    `Cannot log model as its name must be at most 128 letters, digits, ".", "_" and "-": got ${JSON.stringify(name)}`,
  );
}
