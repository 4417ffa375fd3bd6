import { notebookText as linesOf, orProblem, readNotebook } from "../../lib/notebook/mod.ts";
import type { Action } from "./verb.ts";

/** The verb `notebook text`. What is no notebook is given as it stands, since git would show nothing at all for an error. */
export const notebookText: Action = async ({ args, note }) => {
  const file = args[0]!;
  const raw = await Deno.readTextFile(file);
  const { value, problem } = await orProblem(() => linesOf(readNotebook(raw, file)));
  if (value === null) note(problem);
  const text = value ?? raw;
  return { json: { file, text }, text: text.replace(/\n$/, "") };
};
