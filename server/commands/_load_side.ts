import { dirname } from "node:path";
import { findRoot } from "../../lib/config/mod.ts";
import { type CellVerdicts, type Notebook, readNotebook, verifyNotebook } from "../../lib/notebook/mod.ts";
import type { NotebookSide } from "./_notebook_sides.ts";

/** What a side of a diff holds. */
export interface LoadedSide {
  name: string;
  state: "there" | "absent" | "broken";
  /** Null unless it is there. */
  notebook: Notebook | null;
  /** Null where it was not judged: it is not there, or in no workbench. */
  verdicts: CellVerdicts[] | null;
  /** Why it is broken, or was not judged; empty where it was. */
  problem: string;
}

/**
 * Reads and judges one side of a diff; what is broken is told and does not end the diff.
 *
 * @param side the side
 * @returns what it holds
 */
export async function loadSide(side: NotebookSide): Promise<LoadedSide> {
  const { name, path } = side;
  const nothing = { name, notebook: null, verdicts: null, problem: "" };
  if (path === null) return { ...nothing, state: "absent" };
  const text = await attempt(() => readSide(side, path));
  if (text.problem !== "") return { ...nothing, state: "broken", problem: text.problem };
  if (text.value === null) return { ...nothing, state: "absent" };
  const read = await attempt(() => readNotebook(text.value!, name));
  if (read.value === null) return { ...nothing, state: "broken", problem: read.problem };
  const root = rootAround(path);
  const judged = root === null ? NOTHING : await attempt(() => verifyNotebook(path, { ...place(side), root }));
  return { name, state: "there", notebook: read.value, verdicts: judged.value, problem: judged.problem };
}

const NOTHING = { value: null, problem: "" };

/** What is wrong with a file is told; what is wrong with the machine ends the verb. */
async function attempt<T>(act: () => T | Promise<T>): Promise<{ value: T | null; problem: string }> {
  try {
    return { value: await act(), problem: "" };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
      return { value: null, problem: error.message };
    }
    throw error;
  }
}

async function readSide({ readFile }: NotebookSide, path: string): Promise<string | null> {
  if (readFile) return readFile(path);
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

function place({ readFile }: NotebookSide): { readFile?: (path: string) => string | null } {
  return readFile ? { readFile } : {};
}

function rootAround(path: string): string | null {
  try {
    return findRoot(dirname(path));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Cannot find a workbench")) return null;
    throw error;
  }
}
