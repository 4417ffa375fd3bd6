import type { CompiledCell } from "../../lib/cells/mod.ts";
import type { Evaluated, RemoteObject } from "./cdp.ts";
import { scriptName } from "./child/script_name.ts";
import type { CellProcess } from "./process.ts";
import type { RunState } from "./session.ts";

/**
 * Evaluates a compiled cell and shows its value or what it threw.
 *
 * @param process Where.
 * @param run The evaluation; `stopped` is true once the kernel has ended it by other means.
 * @param cell Its script, and the versions of changed local modules.
 * @returns Settles when all output of the cell has come; never when V8 was made to end it.
 */
export async function evaluateCell(
  process: CellProcess,
  run: RunState,
  { compiled, versions }: { compiled: CompiledCell; versions: Record<string, string> },
): Promise<void> {
  const { n, executionCount } = run;
  const { code, segments } = compiled;
  const { inspector } = process;
  await callHost(process, "prepare", [{ n, label: String(executionCount), segments, versions }]);
  const { exceptionDetails } = await inspector.call<Evaluated>("Runtime.evaluate", {
    expression: code,
    replMode: true,
    awaitPromise: true,
    objectGroup: GROUP,
  });
  if (run.stopped) return;
  if (exceptionDetails) await failCell(process, n, exceptionDetails);
  else await callHost(process, "done", [n]);
  await run.ended.promise;
}

/**
 * Calls a method of the child's host with values that JSON has; it settles when the method has been entered. What comes
 * of it the child writes on its own channel: V8 may lose an answer that it has to wait for ("Promise was collected"), and
 * a late answer may lie in its socket for 40 ms, until the kernel sends the next call.
 */
export function callHost(process: CellProcess, method: string, args: readonly unknown[]): Promise<void> {
  return callWith(process, method, args.map((value) => ({ value })));
}

const GROUP = "cell";

async function failCell(process: CellProcess, n: number, details: NonNullable<Evaluated["exceptionDetails"]>) {
  const thrown = details.exception ?? { value: undefined };
  await callWith(process, "fail", [{ value: n }, argumentOf(thrown), { value: placeOf(n, details) }]);
  await process.inspector.call("Runtime.releaseObjectGroup", { objectGroup: GROUP });
}

async function callWith({ inspector, hostId }: CellProcess, method: string, args: RemoteObject[]): Promise<void> {
  const { exceptionDetails } = await inspector.call<Evaluated>("Runtime.callFunctionOn", {
    functionDeclaration: `function (...args) { void this.${method}(...args); }`,
    objectId: hostId,
    arguments: args,
    objectGroup: GROUP,
  });
  if (exceptionDetails) throw new Error(`Cannot call the cell process as "${method}" must be entered: it threw`);
}

function argumentOf({ objectId, value, unserializableValue }: RemoteObject): RemoteObject {
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value } : { unserializableValue };
}

/** Where the script threw, from 1: the nearest frame in it, else the place of a syntax error that only V8 finds. */
function placeOf(
  n: number,
  { exception, stackTrace, lineNumber, columnNumber }: NonNullable<Evaluated["exceptionDetails"]>,
) {
  const frame = stackTrace?.callFrames.find(({ url }) => url === scriptName(n));
  if (frame) return { line: frame.lineNumber + 1, column: frame.columnNumber + 1 };
  if (stackTrace || exception?.className !== "SyntaxError") return null;
  return { line: lineNumber + 1, column: columnNumber + 1 };
}
