import { openWorkbench, type Workbench, type WorkbenchOptions } from "../../lib/workbench/mod.ts";
import type { Answer, Call } from "./verb.ts";

/**
 * Runs a verb on the workbench around the current folder, and closes it afterwards.
 *
 * @param act what to do with the open workbench
 * @param optionsOf how it is opened, by the options of the call
 * @returns the verb's function
 */
export function withWorkbench(
  act: (workbench: Workbench, call: Call) => Promise<Answer>,
  optionsOf: (call: Call) => WorkbenchOptions = () => ({}),
): (call: Call) => Promise<Answer> {
  return async (call) => {
    await using workbench = openWorkbench(call.root(), optionsOf(call));
    return await act(workbench, call);
  };
}
