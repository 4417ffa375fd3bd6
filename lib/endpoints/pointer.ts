/**
 * Compiles a JSON pointer (RFC 6901) into a function that reads its place in a value.
 *
 * @param pointer pointer such as `/route` or `/legs/0/from`; the empty one is the whole value
 * @returns reader that gives `undefined` where the place is absent; inherited properties are absent
 * @throws {SyntaxError} when the pointer does not begin with "/"
 * @example
 * ```ts
 * import { compilePointer } from "./pointer.ts";
 * if (compilePointer("/route")({ route: "ORD-LGA" }) !== "ORD-LGA") throw new Error("unexpected");
 * ```
 */
export function compilePointer(pointer: string): (value: unknown) => unknown {
  if (pointer !== "" && !pointer.startsWith("/")) {
    throw new SyntaxError(`Cannot read JSON pointer as it must begin with "/": got "${pointer}"`);
  }
  const parts = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return (value) => parts.reduce(step, value);
}

function step(value: unknown, part: string): unknown {
  if (value === null || typeof value !== "object" || !Object.hasOwn(value, part)) return undefined;
  if (Array.isArray(value) && part === "length") return undefined;
  return (value as Record<string, unknown>)[part];
}
