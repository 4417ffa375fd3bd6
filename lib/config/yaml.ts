import { isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";

/** What a zod schema offers for checking a value. */
export interface Check<T> {
  /** Checks a value without throwing. */
  safeParse(value: unknown): { success: true; data: T } | { success: false; error: { issues: unknown[] } };
}

/**
 * Parses YAML text and checks it with a zod schema; every error names file, line and column.
 *
 * @param text YAML 1.2 text
 * @param file name shown in errors
 * @param schema zod schema of the whole document
 * @param what what the file is read as, for the message ("settings", "product")
 * @returns the typed value
 * @throws {SyntaxError} when the text is no YAML, repeats a key, or unfolds into more than 100 aliases
 * @throws {TypeError} when the value does not have the schema's shape
 * @example
 * ```ts
 * import { z } from "npm:zod@4.6.7";
 * import { readYaml } from "./yaml.ts";
 * const value = readYaml("port: 8400", "boathouse.yaml", z.object({ port: z.int() }), "settings");
 * if (value.port !== 8400) throw new Error("unexpected");
 * ```
 */
export function readYaml<T>(text: string, file: string, schema: Check<T>, what: string): T {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = counter.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken) {
    throw new SyntaxError(`Cannot read ${at(broken.pos[0])} as YAML: ${firstLine(broken.message)}`);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${file} as YAML: ${(cause as Error).message}`, { cause });
  }
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const path = pathOf(issue);
  throw new TypeError(
    `Cannot read ${at(offsetOf(document, path))} as ${what}: ${path.length ? `"${path.join(".")}" ` : ""}${
      sayIssue(issue)
    }`,
    { cause: result.error },
  );
}

function firstLine(message: string): string {
  return message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
}

function pathOf(issue: z.core.$ZodIssue): (string | number)[] {
  const path = issue.path.map((part) => typeof part === "symbol" ? String(part) : part);
  return issue.code === "unrecognized_keys" ? [...path, issue.keys[0]!] : path;
}

function sayIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return "is not a known key";
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) return "is missing";
  return issue.message.replace(/^Invalid input: /, "");
}

function offsetOf(document: ReturnType<typeof parseDocument>, path: (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
