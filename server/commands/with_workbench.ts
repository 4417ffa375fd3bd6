import { openWorkbench, type Workbench } from "../../lib/workbench/mod.ts";
import type { Answer, Call } from "./verb.ts";

/**
 * Runs a verb on the workbench around the current folder, and closes it afterwards.
 *
 * @param act what to do with the open workbench
 * @returns the verb's function
 */
export function withWorkbench(
  act: (workbench: Workbench, call: Call) => Promise<Answer>,
): (call: Call) => Promise<Answer> {
  return async (call) => {
    await using workbench = openWorkbench(call.root());
    return await act(workbench, call);
  };
}
