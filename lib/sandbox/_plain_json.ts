/**
 * Copies a value as plain JSON, so that nothing of the function's own objects runs or leaves with it.
 * Runs inside the worker as source text, so it refers to nothing outside itself.
 *
 * @param value What the function returned.
 * @param verb What it is for, for the message.
 * @returns The copy; undefined properties are left out.
 * @throws {TypeError} When a part is not JSON: the message names its JSON pointer.
 */
export function plainJson(value: unknown, verb: string): unknown {
  const fail = (path: string, found: string): never => {
    throw new TypeError(`Cannot ${verb} as ${path || "it"} must be JSON: got ${found}`);
  };
  const copy = (part: unknown, path: string, depth: number): unknown => {
    if (part === null || typeof part === "string" || typeof part === "boolean") return part;
    if (typeof part === "number") return Number.isFinite(part) ? part : fail(path, String(part));
    if (typeof part !== "object") return fail(path, typeof part === "bigint" ? `the bigint ${part}` : typeof part);
    if (depth > 100) return fail(path, "more than 100 levels, or a cycle");
    if (Array.isArray(part)) return Array.from(part, (item, i) => copy(item, `${path}/${i}`, depth + 1));
    const prototype = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) {
      return fail(path, `an instance of ${prototype.constructor?.name || "a class"}`);
    }
    const result: Record<string, unknown> = Object.create(null);
    for (const [name, item] of Object.entries(part)) {
      if (item !== undefined) result[name] = copy(item, `${path}/${name}`, depth + 1);
    }
    return result;
  };
  return copy(value, "", 0);
}
