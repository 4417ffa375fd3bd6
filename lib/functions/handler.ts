import { z } from "zod";
import { type AskKind, contextOf, type HostSpec } from "./context.ts";
import { type FunctionDefinition, invoke, isDefined } from "./define.ts";

/** What the sandbox gives a handler: calls that the host does. */
export interface HandlerContext {
  /** Asks the host; `name` is the function's alias. */
  call(kind: AskKind, name: string, payload: unknown): Promise<unknown>;
}

/** What promoted code is entered by. */
export type Handler = (input: unknown, context: HandlerContext) => Promise<unknown>;

/** What a definition says of itself, as the manifest keeps it. */
export interface Description {
  /** JSON Schema of the input. */
  input: Record<string, unknown>;
  /** JSON Schema of the output. */
  output: Record<string, unknown>;
  /** Declared models by alias. */
  models: Record<string, string>;
  /** Declared lookups by alias. */
  lookups: Record<string, string>;
  /** Declared hosts by name. */
  hosts: Record<string, HostSpec>;
  /** Milliseconds that one call may take. */
  budgetMs: number;
  /** Bytes that it may hold. */
  memoryBytes: number;
}

const BUDGET_MS = 100;
const MEMORY_BYTES = 128 * 2 ** 20;

/**
 * Makes the handler of a definition, for the sandbox.
 *
 * @param definition a value made by defineFunction
 * @returns the handler
 */
export function handlerOf({ spec }: FunctionDefinition): Handler {
  return (input, context) => {
    // Clock and randomness of the sandbox are those of the call.
    const parts = { ask: context.call, now: Date.now, random: Math.random };
    return invoke(spec, input, contextOf(spec, parts));
  };
}

/**
 * Makes a handler that describes a definition. It runs in the sandbox too, because the definition is someone's code.
 *
 * @param definition the exported value, which should be made by defineFunction
 * @returns a handler that answers a Description
 */
export function describerOf(definition: unknown): Handler {
  return () => {
    if (!isDefined(definition)) throw new TypeError("it is not made by defineFunction");
    const { spec } = definition;
    const description: Description = {
      input: z.toJSONSchema(spec.input as z.ZodType, { io: "input" }) as Record<string, unknown>,
      output: z.toJSONSchema(spec.output as z.ZodType) as Record<string, unknown>,
      models: spec.models ?? {},
      lookups: spec.lookups ?? {},
      hosts: spec.hosts ?? {},
      budgetMs: spec.budgetMs ?? BUDGET_MS,
      memoryBytes: spec.memoryBytes ?? MEMORY_BYTES,
    };
    return Promise.resolve(description);
  };
}
