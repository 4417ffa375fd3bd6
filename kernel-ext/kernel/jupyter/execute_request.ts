import type { Message } from "../wire/message.ts";

/** What a client asks to be executed. */
export interface ExecuteRequest {
  code: string;
  /** Names the cell; the message, where the client names no cell. */
  cellId: string;
  /** Whether nothing is told of it but its reply. */
  silent: boolean;
  /** Whether it takes a number and goes into the history. */
  storeHistory: boolean;
  allowInput: boolean;
  /** TypeScript by name, evaluated behind it. */
  expressions: Record<string, string>;
  /** Cells that are no longer part of the notebook. */
  deletedCells: string[];
}

/**
 * Reads an execute_request.
 *
 * @throws {TypeError} When a field has another type.
 */
export function readExecuteRequest({ header, content, metadata }: Message): ExecuteRequest {
  const flag = (name: string, unlessGiven: boolean): boolean => {
    const value = content[name] ?? unlessGiven;
    if (typeof value === "boolean") return value;
    throw new TypeError(`Cannot execute as "${name}" must be true or false: got ${JSON.stringify(value)}`);
  };
  const { code, user_expressions: expressions = {} } = content;
  if (typeof code !== "string") throw new TypeError(`Cannot execute as "code" must be text: got ${typeof code}`);
  const silent = flag("silent", false);
  return {
    code,
    cellId: typeof metadata.cellId === "string" ? metadata.cellId : header.msg_id,
    silent,
    storeHistory: flag("store_history", true) && !silent,
    allowInput: flag("allow_stdin", false),
    expressions: textsOf(expressions),
    deletedCells: Array.isArray(metadata.deletedCells) ? metadata.deletedCells.map(String) : [],
  };
}

function textsOf(value: unknown): Record<string, string> {
  const isTexts = typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((one) => {
      return typeof one === "string";
    });
  if (isTexts) return value as Record<string, string>;
  throw new TypeError("Cannot execute as user_expressions must be texts by name: got something else");
}
