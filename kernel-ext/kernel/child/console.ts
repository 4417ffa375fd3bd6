import type { Output } from "./output.ts";
import { apply, defineProperty } from "./primordials.ts";
import { wideText } from "./value_text.ts";

const native = Deno;

/**
 * Makes the console of the cells. Of a value that is too large to be shown in all it shows what a display of it would.
 *
 * @param output Takes what is printed.
 * @throws {Error} When this Deno hides the class of its console.
 */
export function createConsole(output: Output): Console {
  type Print = (text: string, level: number) => void;
  const internals = (native as unknown as { [key: symbol]: { Console?: new (print: Print) => Console } })[
    (native as unknown as { internal: symbol }).internal
  ];
  if (!internals?.Console) {
    throw new Error(`Cannot start cells as Deno must have its console class: Deno ${native.version.deno} hides it`);
  }
  const console = new internals.Console((text, level) => output.print(level > 1 ? "stderr" : "stdout", text));
  for (const name of BOUNDED) {
    const print = console[name] as (...args: unknown[]) => void;
    const bounded = { [name]: (...args: unknown[]) => apply(print, console, boundAll(args)) }[name]!;
    defineProperty(console, name, { value: bounded, writable: true, enumerable: true, configurable: true });
  }
  return console;
}

const BOUNDED = ["assert", "debug", "dir", "dirxml", "error", "group", "info", "log", "trace", "warn"] as const;
const INSPECT = Symbol.for("Deno.customInspect");

function boundAll(args: unknown[]): unknown[] {
  for (let at = 0; at < args.length; at++) {
    const value = args[at];
    if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
    const text = wideText(value);
    if (text !== null) args[at] = { __proto__: null, [INSPECT]: () => text };
  }
  return args;
}
