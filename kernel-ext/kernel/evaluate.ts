import type { CompiledCell } from "../../lib/cells/mod.ts";
import { type Evaluated, EvaluationLost, type RemoteObject } from "./cdp.ts";
import type { CellProcess } from "./process.ts";
import type { RunState } from "./session.ts";

/**
 * Evaluates a compiled cell and shows its value or what it threw.
 *
 * @param process Where.
 * @param run The evaluation.
 * @param cell Its script, and the versions of changed local modules.
 * @returns Settles when all output of the cell has come.
 */
export async function evaluateCell(
  process: CellProcess,
  run: RunState,
  { compiled, versions }: { compiled: CompiledCell; versions: Record<string, string> },
): Promise<void> {
  const { n, label } = run;
  const { code, segments } = compiled;
  const { inspector } = process;
  await callHost(process, "prepare", [{ n, label, segments, versions }]);
  const evaluated = await inspector.call<Evaluated>("Runtime.evaluate", {
    expression: code,
    replMode: true,
    awaitPromise: true,
    objectGroup: GROUP,
  }).catch((error) => {
    if (error instanceof EvaluationLost && run.stopping) return null;
    throw error;
  });
  if (evaluated && !run.stopped) {
    if (evaluated.exceptionDetails) await failCell(process, n, evaluated.exceptionDetails);
    else await callHost(process, "done", [n]);
  }
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
  await callWith(process, "fail", [{ value: n }, argumentOf(thrown), { value: placeOf(details) }]);
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

/** Where V8 found a syntax error that TypeScript's parser does not see, from 1; other errors have a stack. */
function placeOf({ exception, lineNumber, columnNumber }: NonNullable<Evaluated["exceptionDetails"]>) {
  return exception?.className === "SyntaxError" ? { line: lineNumber + 1, column: columnNumber + 1 } : null;
}
