import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";
import type { Json } from "../events/mod.ts";

/** What an expression sees: the request, and where it judges an answer the answer too. */
export interface Scope {
  /** The request. */
  input: Json;
  /** The answer. */
  output?: Json;
}

/** An expression, ready to run; throws Error where it cannot be evaluated. */
export type Expression<T> = (scope: Scope) => T;

const LIMITS = { maxAstNodes: 500, maxDepth: 32, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 };
const OPERATORS = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => a / b,
};
const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);

const BEFORE = environment().registerVariable("input", "dyn");
const AFTER = environment().registerVariable("input", "dyn").registerVariable("output", "dyn");

/**
 * Compiles a condition in CEL (https://cel.dev): what it is given in JSON are doubles, and whole numbers may stand beside
 * them.
 *
 * @param source the expression
 * @param sees `input` alone, or `input` and `output`
 * @returns the condition
 * @throws {SyntaxError} when it is no CEL, names something else, cannot be true or false, or could take long; the message
 * has the column in the expression, from 1
 * @example
 * ```ts
 * import { compileCondition } from "./expression.ts";
 * const isFar = compileCondition("input.distance > 1000", "input");
 * if (!isFar({ input: { distance: 1200 } })) throw new Error("unexpected");
 * ```
 */
export function compileCondition(source: string, sees: "input" | "input and output"): Expression<boolean> {
  const evaluate = parse(source, sees === "input" ? BEFORE : AFTER, ["bool", "dyn"]);
  return (scope) => {
    const found = run(evaluate, scope);
    if (typeof found !== "boolean") throw new TypeError(`it must be true or false: got ${show(found)}`);
    return found;
  };
}

/**
 * Compiles an expression in CEL over the request whose value is JSON.
 *
 * @param source the expression
 * @returns the expression
 * @throws {SyntaxError} as compileCondition() does
 * @example
 * ```ts
 * import { compileValue } from "./expression.ts";
 * if (compileValue("input.hour + 1")({ input: { hour: 7 } }) !== 8) throw new Error("unexpected");
 * ```
 */
export function compileValue(source: string): Expression<Json> {
  const evaluate = parse(source, BEFORE, null);
  return (scope) => toJson(run(evaluate, scope));
}

function environment(): Environment {
  const made = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS });
  for (const [sign, apply] of Object.entries(OPERATORS)) {
    const mixed = (a: number | bigint, b: number | bigint) => apply(Number(a), Number(b));
    made.registerOperator(`double ${sign} int`, mixed).registerOperator(`int ${sign} double`, mixed);
  }
  return made;
}

function parse(source: string, environment: Environment, types: string[] | null): ParseResult {
  let parsed: ParseResult;
  try {
    parsed = environment.parse(source);
  } catch (cause) {
    throw refusal(cause, source);
  }
  refuseSlow(parsed.ast, false);
  const { valid, type, error } = parsed.check();
  if (!valid) throw refusal(error, source);
  if (types && !types.includes(type!)) throw new SyntaxError(`must be true or false: it is of type ${type}`);
  return parsed;
}

function refusal(cause: unknown, source: string): SyntaxError {
  const { summary, message, range } = cause as { summary?: string; message: string; range?: { start: number } };
  const said = summary ?? message.split("\n")[0]!;
  return new SyntaxError(`must be CEL: ${said}${range ? ` ${place(source, range.start)}` : ""}`, { cause });
}

function place(source: string, offset: number): string {
  const lines = source.slice(0, offset).split("\n"), column = lines.at(-1)!.length + 1;
  return `at ${lines.length > 1 ? `line ${lines.length}, ` : ""}column ${column} of the expression`;
}

// Regular expressions of JavaScript and nested loops can take hours over one request.
function refuseSlow({ op, args, start, input }: ASTNode, isInLoop: boolean): void {
  const called = op === "rcall" || op === "call" ? (args as [string, ...unknown[]])[0] : null;
  const at = place(input, start);
  if (called === "matches") {
    throw new SyntaxError(`must not call matches(), which can take long: use startsWith, endsWith or contains ${at}`);
  }
  // A list of the expression itself is short; one of the request is searched once for each of its own elements.
  if (op === "in" && isInLoop && (args as [ASTNode, ASTNode])[1].op !== "list") {
    throw new SyntaxError(`must not search a list inside a loop ${at}`);
  }
  const isLoop = op === "rcall" && LOOPS.has(called!);
  if (isLoop && isInLoop) throw new SyntaxError(`must not have ${called}() inside another loop ${at}`);
  for (const node of nodesIn(args)) refuseSlow(node, isInLoop || isLoop);
}

function nodesIn(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  return typeof args === "object" && args !== null && "op" in args ? [args as ASTNode] : [];
}

function run(evaluate: ParseResult, scope: Scope): unknown {
  try {
    return evaluate(scope);
  } catch (cause) {
    throw new Error((cause as { summary?: string }).summary ?? String(cause), { cause });
  }
}

function toJson(value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) return Number(value);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item)]));
  }
  throw new TypeError(`it must be JSON: got ${show(value)}`);
}

function show(value: unknown): string {
  const shown = typeof value === "object" && value !== null ? value.constructor?.name ?? "map" : String(value);
  return shown.slice(0, 60);
}
