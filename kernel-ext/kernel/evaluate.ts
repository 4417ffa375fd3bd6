import type { CompiledCell } from "../../lib/cells/mod.ts";
import { CallCutOff, type Evaluated, EvaluationLost, type RemoteObject, SessionEnded } from "./cdp.ts";
import type { CellProcess } from "./process.ts";
import type { RunState } from "./session.ts";

/** What a cell is evaluated with. */
export interface Script {
  compiled: CompiledCell;
  /** Version of each local module that has changed, by file URL. */
  versions: Record<string, string>;
  /** Where specifiers of deno.json lead that has changed. */
  imports: Record<string, string>;
}

/**
 * Evaluates a compiled cell and shows its value or what it threw. To its end nothing is waited for but its own output:
 * each answer of the inspector costs a short cell more time than its evaluation.
 *
 * @param process Where; it must rest.
 * @param run The evaluation.
 * @param cell Its script, and what has changed of local modules and deno.json.
 * @returns Settles when all output of the cell has come.
 */
export async function evaluateCell(
  process: CellProcess,
  run: RunState,
  { compiled, versions, imports }: Script,
): Promise<void> {
  const { n, label } = run;
  const { code, segments } = compiled;
  const prepared = { n, label, segments, versions, imports };
  // It is entered before the script is: what is sent first is taken first.
  const entered = callHost(process, "prepare", [prepared]);
  const evaluated = process.inspector.call<Evaluated>("Runtime.evaluate", {
    expression: code,
    replMode: true,
    awaitPromise: true,
    objectGroup: GROUP,
  }).then(async ({ exceptionDetails }) => {
    if (exceptionDetails && !run.stopped) await failCell(process, run, exceptionDetails);
  }, async (error) => {
    if (!(error instanceof EvaluationLost)) throw error;
    if (!run.stopping) await callHost(process, "lose", [n]);
  });
  await Promise.race([run.ended.promise, Promise.all([entered, evaluated]).then(() => run.ended.promise)]);
}

/**
 * Waits until the process does nothing more for the cell that has ended, and frees what the cell threw. A call that
 * comes while it still leaves its last function would run within that function, and under the cell's name.
 *
 * @param process Where the cell has ended.
 */
export async function rest(process: CellProcess): Promise<void> {
  try {
    await process.inspector.call("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  } catch (error) {
    if (!(error instanceof SessionEnded)) throw error;
  }
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

async function failCell(
  process: CellProcess,
  { n, stopping }: RunState,
  details: NonNullable<Evaluated["exceptionDetails"]>,
): Promise<void> {
  const thrown = details.exception ?? { value: undefined };
  await callWith(process, "fail", [{ value: n }, argumentOf(thrown), {
    value: { place: placeOf(details), stop: stopping },
  }]);
}

async function callWith({ inspector, hostId }: CellProcess, method: string, args: RemoteObject[]): Promise<void> {
  const call = () =>
    inspector.call<Evaluated>("Runtime.callFunctionOn", {
      // Without a spread, which a cell may have broken.
      functionDeclaration: `function (a, b, c) { void this.${method}(a, b, c); }`,
      objectId: hostId,
      arguments: args,
      objectGroup: GROUP,
    });
  const { exceptionDetails } = await call().catch((error) => {
    if (error instanceof CallCutOff) return call();
    throw error;
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
