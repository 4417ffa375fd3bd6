import type { FunctionContext, HostSpec } from "./context.ts";
import { type CallRecord, type FunctionHost, recordCall } from "./notebook_call.ts";

/** What a zod schema answers about a value. */
export type SchemaResult<T> =
  | { success: true; data: T }
  | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };

/** A zod schema of values of type T. */
export interface Schema<T> {
  /** Checks a value without throwing. */
  safeParse(value: unknown): SchemaResult<T>;
}

/** How a function is written. */
export interface FunctionSpec<I, O, M extends string, H extends string = never, L extends string = never> {
  /** zod schema of the input; requests that do not fit are refused before the function runs. */
  input: Schema<I>;
  /** zod schema of the output; answers that do not fit count as errors. */
  output: Schema<O>;
  /** Models by alias, `name@version` or `name@alias`. */
  models?: Record<M, string>;
  /** Hosts by name; nothing else can be asked. */
  hosts?: Record<H, HostSpec>;
  /** Lookups by alias, `name@version` or `name@alias` of a model that answers keys. */
  lookups?: Record<L, string>;
  /** Milliseconds that one call may take, 100 unless given. */
  budgetMs?: number;
  /** Bytes that the function may hold, 128 MiB unless given. */
  memoryBytes?: number;
  /** Computes the answer. */
  run(input: I, context: FunctionContext<M, H, L>): Promise<O> | O;
}

/** A function: called in a notebook like any other, and promoted to an API. */
export interface FunctionDefinition<
  I = unknown,
  O = unknown,
  M extends string = string,
  H extends string = string,
  L extends string = string,
> {
  (input: I): Promise<O>;
  /** How it is written. */
  readonly spec: FunctionSpec<I, O, M, H, L>;
}

/** MIME type under which a notebook keeps one call: input, output, model versions and host calls. */
export const EXAMPLE_MIME = "application/vnd.boathouse.example+json";

const HOST = Symbol.for("Boathouse.functionHost");
const DISPLAY = Symbol.for("Jupyter.display");
const DEFINED = new WeakSet<object>();

/**
 * Says who answers what functions of this process ask; `open` does it for notebooks.
 *
 * @param host registry, hosts, randomness
 * @example
 * ```ts
 * import { setFunctionHost } from "./define.ts";
 * setFunctionHost({ models: { load: () => Promise.reject(new Error("no models here")) } });
 * ```
 */
export function setFunctionHost(host: FunctionHost): void {
  (globalThis as Record<symbol, unknown>)[HOST] = host;
}

/**
 * Defines a function that can be called in the notebook and promoted to an API. In the notebook it runs with the same
 * schemas and host calls as when it is served.
 *
 * @param spec schemas, models, hosts, lookups, budget and the code
 * @returns the function; it rejects with TypeError when input or output do not fit their schema
 * @throws {TypeError} when the spec is not of this form
 * @example
 * ```ts
 * import { defineFunction, z } from "boathouse";
 * const twice = defineFunction({
 *   input: z.object({ x: z.number() }),
 *   output: z.object({ y: z.number() }),
 *   run: ({ x }) => ({ y: 2 * x }),
 * });
 * if ((await twice({ x: 2 })).y !== 4) throw new Error("unexpected");
 * ```
 */
export function defineFunction<
  I,
  O,
  M extends string = never,
  H extends string = never,
  L extends string = never,
>(spec: FunctionSpec<I, O, M, H, L>): FunctionDefinition<I, O, M, H, L> {
  checkSpec(spec);
  const call = async (input: I): Promise<O> => {
    const { context, record } = recordCall(
      spec,
      (globalThis as Record<symbol, unknown>)[HOST] as FunctionHost | undefined,
    );
    const output = await invoke(spec, input, context);
    return shown(output, { input, output, ...record });
  };
  const definition = Object.assign(call, { spec });
  DEFINED.add(definition);
  return definition;
}

/**
 * Whether a value was made by defineFunction, which is the only form of a function.
 *
 * @param value any value
 * @returns true for what defineFunction returned
 */
export function isDefined(value: unknown): value is FunctionDefinition {
  return DEFINED.has(value as object);
}

/**
 * Runs a function once: input checked, code, output checked.
 *
 * @param spec how the function is written
 * @param input the request
 * @param context what it may use beside it
 * @returns the answer
 * @throws {TypeError} when input or output do not fit their schema
 */
export async function invoke<I, O, M extends string, H extends string, L extends string>(
  spec: FunctionSpec<I, O, M, H, L>,
  input: unknown,
  context: FunctionContext<M, H, L>,
): Promise<O> {
  const given = parse(spec.input, input, "input");
  return parse(spec.output, await spec.run(given, context), "output");
}

function parse<T>(schema: Schema<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  const pointer = path.map((part) => `/${String(part)}`).join("");
  throw new TypeError(
    `Cannot call the function as its ${what} must fit the schema: ${pointer || "the whole"} ${message}`,
  );
}

function checkSpec(spec: FunctionSpec<never, never, never> | unknown): void {
  const { input, output, run } = (spec ?? {}) as Partial<FunctionSpec<unknown, unknown, string>>;
  const isSchema = (value: unknown) => typeof (value as Schema<unknown> | undefined)?.safeParse === "function";
  if (isSchema(input) && isSchema(output) && typeof run === "function") return;
  throw new TypeError("Cannot define a function as it needs zod schemas `input` and `output` and a method `run`");
}

// The output stays a plain object for the caller; only Jupyter sees the record of the call behind it.
function shown<O>(output: O, example: { input: unknown; output: O } & CallRecord): O {
  if (typeof output !== "object" || output === null) return output;
  const bundle = () => ({ [EXAMPLE_MIME]: example, "application/json": output, "text/plain": JSON.stringify(output) });
  return Object.defineProperty(output, DISPLAY, { value: bundle, enumerable: false });
}
