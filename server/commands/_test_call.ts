import type { Json } from "../../lib/events/mod.ts";
import type { Action } from "./verb.ts";

/** What a verb answered and printed. */
export interface Called {
  json: Json | undefined;
  text: string;
  printed: string;
  notes: string[];
  exitCode: number;
}

/** Calls a verb's function in this process, on the workbench in a folder. */
export async function callVerb(
  action: Action,
  dir: string,
  args: readonly string[] = [],
  { wantsJson = false, ...options }: Record<string, string | boolean> = {},
): Promise<Called> {
  const notes: string[] = [];
  let printed = "";
  const { json, text, exitCode = 0 } = await action({
    args: [...args],
    rest: [...args],
    options,
    wantsJson: wantsJson === true,
    root: () => dir,
    note: (line) => notes.push(line),
    print: (part) => {
      printed += part;
      return Promise.resolve();
    },
  });
  return { json, text, printed, notes, exitCode };
}
