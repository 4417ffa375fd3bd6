import { framesOf, type Trace } from "./interrupts.ts";
import type { Run, Runs } from "./output.ts";
import { relativeTo } from "./relative_to.ts";
import { valueText } from "./value_text.ts";

/** What V8 hands over for each frame of a stack. */
interface CallSite {
  getScriptNameOrSourceURL(): string | null;
  getFileName(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  toString(): string;
}

/** How a thrown value is told to the kernel. */
export interface Failure {
  ename: string;
  evalue: string;
  /** Lines: the message, then frames that name cells as `cell [3]:line:column` and files by their path in the root. */
  stack: string[];
}

/**
 * Makes every stack of this process name cells, lines and columns as the author wrote them, and leaves out the frames of
 * the runtime and of the kernel. Paths become relative to the root, so that committed outputs name no machine.
 *
 * @param root Absolute folder.
 * @param own Absolute folder of the child's code.
 * @param runs The evaluations by the name of their script.
 */
export function installStacks(root: string, own: string, runs: Runs): void {
  const prepare: Prepare = (error, sites) => {
    const frames = (sites as unknown as CallSite[]).filter((site) => isShown(site, own));
    return [textOf(() => error), ...frames.map((site) => `    at ${frameOf(site, root, runs)}`)].join("\n");
  };
  // Packages put their own function here for a while, and put back what they found. One that throws loses no line.
  let current = prepare;
  Object.defineProperty(Error, "prepareStackTrace", {
    get: () => current,
    set: (given: unknown) => {
      if (typeof given !== "function") return current = prepare;
      current = (error, sites) => {
        try {
          return given(error, sites);
        } catch {
          return prepare(error, sites);
        }
      };
    },
    configurable: true,
  });
}

type Prepare = (error: Error, sites: NodeJS.CallSite[]) => unknown;

/** Where something was thrown that has no stack of its own: a generated position, or the stack of its `throw`. */
export interface Whereabouts {
  place?: Place | null;
  trace?: Trace | null;
}

/** Describes what was thrown. */
export function describe(thrown: unknown, root: string, run: Run, { place, trace }: Whereabouts): Failure {
  const known = isError(thrown) ? thrown : null;
  const ename = cut(known ? textOf(() => known.name) : "Uncaught");
  const evalue = cut(known ? relativeTo(root, textOf(() => known.message)) : inspect(thrown, root));
  const frames = place ? [`    at ${placeOf(run, place.line, place.column)}`] : framesOf(trace);
  const stack = known ? textOf(() => known.stack) : "";
  if (!/\n\s+at /.test(stack)) {
    return { ename, evalue, stack: [...`${ename}${known ? ":" : ""} ${evalue}`.split("\n"), ...frames] };
  }
  const text = inspect(thrown, root);
  const shown = text.length <= MOST_CHARS
    ? text.split("\n")
    : [`${ename}: ${evalue}`, ...stack.slice(-MOST_CHARS).split("\n").filter((line) => /^ {4}at /.test(line))];
  return { ename, evalue, stack: stack.includes("cell [") ? shown : [...shown, ...frames] };
}

/** An error is no place for data: what it says beyond this is left out, and that is said. */
const MOST_CHARS = 100_000;

function cut(text: string): string {
  if (text.length <= MOST_CHARS) return text;
  const left = (text.length - MOST_CHARS).toLocaleString("en");
  return `${text.slice(0, MOST_CHARS).toWellFormed()}… (${left} more characters)`;
}

/** Shows a value as text. */
export function inspect(value: unknown, root: string): string {
  return relativeTo(root, textOf(() => valueText(value)));
}

/** The message of what was thrown. */
export function messageOf(thrown: unknown): string {
  return textOf(() => thrown instanceof Error ? thrown.message : thrown);
}

// What is thrown may be anything, a proxy that throws from every trap included.
function textOf(read: () => unknown): string {
  try {
    return String(read());
  } catch {
    return "(a value whose text cannot be made)";
  }
}

/** A position in a compiled cell, from 1. */
export interface Place {
  line: number;
  column: number;
}

function isError(value: unknown): value is Error {
  return textOf(() => value instanceof Error || Object.prototype.toString.call(value) === "[object Error]") === "true";
}

function isShown(site: CallSite, own: string): boolean {
  const name = site.getScriptNameOrSourceURL() ?? site.getFileName() ?? "";
  return !/^(ext|node):/.test(name) && !name.includes(own);
}

function frameOf(site: CallSite, root: string, runs: Runs): string {
  const text = site.toString();
  const name = site.getScriptNameOrSourceURL() ?? "";
  const run = runs[name];
  if (!run) return relativeTo(root, text);
  const [line, column] = [site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1];
  return text.replace(`${name}:${line}:${column}`, placeOf(run, line, column));
}

function placeOf(run: Run, line: number, column: number): string {
  const { segments } = run;
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const [atLine, atColumn] = segments[middle]!;
    if (atLine < line || (atLine === line && atColumn <= column)) low = middle + 1;
    else high = middle;
  }
  const [, , sourceLine, sourceColumn] = segments[Math.max(0, low - 1)] ?? [1, 1, 1, 1];
  return `cell [${run.label}]:${sourceLine}:${sourceColumn}`;
}
