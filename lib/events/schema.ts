import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

/**
 * Compiles a JSON Schema (draft 2020-12, formats asserted) into a check.
 *
 * @param schema The schema; it may refer to itself only.
 * @returns A function that answers null when a value fits, or the first reason why not, which names the JSON pointer and
 * the found value: `/delay must be integer: got "12a"`.
 * @throws {SyntaxError} When it is no JSON Schema.
 *
 * @example
 * ```ts
 * import { compileSchema } from "./schema.ts";
 *
 * const check = compileSchema({ type: "object", properties: { delay: { type: "integer" } } });
 * console.assert(check({ delay: 3 }) === null);
 * console.assert(check({ delay: "12a" }) === '/delay must be integer: got "12a"');
 * ```
 */
export function compileSchema(schema: Record<string, unknown>): (data: unknown) => string | null {
  const ajv = new Ajv2020({ strict: false, logger: false, verbose: true, ownProperties: true });
  addFormats.default(ajv);
  const validate = attempt(() => ajv.compile(schema));
  if ("$async" in validate) throw new SyntaxError("Cannot compile schema as it must not be asynchronous: got $async");
  return (data) => validate(data) ? null : reason(validate.errors?.[0]);
}

function attempt<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new SyntaxError(`Cannot compile schema as it must be JSON Schema of draft 2020-12: ${found}`, { cause });
  }
}

function reason(error: ErrorObject | undefined): string {
  if (!error) return "the value must fit its schema";
  const { instancePath, keyword, params } = error;
  if (keyword === "required") return `${instancePath}/${escape(params.missingProperty)} must be there: got nothing`;
  const where = instancePath === "" ? "the value" : instancePath;
  if (keyword === "additionalProperties") {
    return `${instancePath}/${escape(params.additionalProperty)} must not be there`;
  }
  if (keyword === "enum") return `${where} must be one of ${show(params.allowedValues)}: got ${show(error.data)}`;
  if (keyword === "const") return `${where} must be ${show(params.allowedValue)}: got ${show(error.data)}`;
  return `${where} ${error.message ?? `must fit "${keyword}"`}: got ${show(error.data)}`;
}

function escape(name: unknown): string {
  return String(name).replaceAll("~", "~0").replaceAll("/", "~1");
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 120 ? `${json.slice(0, 120)}…` : json;
}
