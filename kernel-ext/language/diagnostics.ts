import { withoutLinks } from "./hover.ts";
import type { CellModule } from "./modules.ts";
import type { Range } from "./positions.ts";

/** Something that is wrong or worth a look in a cell. */
export interface CellDiagnostic {
  /** How bad it is. */
  severity: "error" | "warning" | "hint";
  /** TypeScript's words. */
  message: string;
  /** Line in the cell, from 1. */
  line: number;
  /** Column in the line, from 1, in UTF-16 units. */
  column: number;
  /** Line of its end, from 1. */
  endLine: number;
  /** Column behind its end, from 1. */
  endColumn: number;
  /** TypeScript's number, or Deno's name. */
  code?: number | string;
}

/** The same as the protocol has it (LSP 3.17, "Diagnostic"). */
export interface ServerDiagnostic {
  range: Range;
  severity?: number;
  code?: number | string;
  message: string;
}

/** Turns what the server finds in a module into what is wrong in its cell. */
export function toDiagnostics(found: readonly ServerDiagnostic[], module: CellModule): CellDiagnostic[] {
  return found
    .filter((each) => each.range.start.line >= module.headLines && counts(each, module))
    .map(({ range: { start, end }, severity, code, message }) => ({
      severity: severity === 1 ? "error" : severity === 2 ? "warning" : "hint",
      message: withoutLinks(message),
      line: start.line - module.headLines + 1,
      column: start.character + 1,
      endLine: end.line - module.headLines + 1,
      endColumn: end.character + 1,
      ...(code === undefined ? {} : { code }),
    }));
}

function counts({ code, message }: ServerDiagnostic, { links }: CellModule): boolean {
  if (code === ASSIGNED_IMPORT) return !links.has(/'(.*?)'/.exec(message)?.[1] ?? "");
  return !IGNORED.has(code as number);
}

/** "Cannot assign to 'f' because it is an import": here it is a `let` of another cell. */
const ASSIGNED_IMPORT = 2632;

const IGNORED: ReadonlySet<number> = new Set([
  // Unused names: another cell may use them.
  6133,
  6192,
  6196,
  6198,
  6199,
  // JSX without types of its elements: nothing says how it is to be shown.
  7026,
]);
