import {
  type Input,
  type InputNow,
  type InputsNow,
  isCode,
  judgeInput,
  type Notebook,
  provenanceOf,
  recordedPin,
  recordedRun,
} from "../../lib/notebook/mod.ts";

/** Whether a notebook can run on what it has read. */
export interface InputsAgain {
  /** Why it cannot; null where it can. */
  refused: string | null;
  /** What it reads as it is now, as that cannot be pinned and has moved on. */
  notes: string[];
}

/**
 * Finds out whether a notebook can run again on what is on record: what is gone is said before any cell runs.
 *
 * @param notebook the notebook
 * @param inputsNow tells what there is now
 * @returns what stands in the way, and what cannot be pinned
 */
export async function inputsAgain(notebook: Notebook, inputsNow: InputsNow): Promise<InputsAgain> {
  const runs = notebook.cells.filter(isCode).flatMap((cell) => recordedRun(notebook, cell) ?? []);
  const written = new Set(runs.flatMap(({ writes = [] }) => writes.map((one) => JSON.stringify(one))));
  const tables = [...written].flatMap((one) => (JSON.parse(one) as { table?: string }).table ?? []);
  if (tables.length > 0) {
    const names = tables.map((name) => `"${name}"`).join(", ");
    return {
      refused: `it was not run as it writes ${names} into the lake, which a second run would do again`,
      notes: [],
    };
  }
  const pinned = recordedPin(notebook).tables;
  const found = await Promise.all(
    Object.entries(provenanceOf(notebook)?.inputs ?? {}).map(async ([key, was]) => {
      const name = key.replace(/#\d+$/, "");
      // A model that the notebook logs itself is there when it is read.
      const isOwn = "model" in was && written.has(JSON.stringify({ model: was.model }));
      const now = isOwn ? null : await inputsNow(name, was);
      return now && { name, was, now, isPinned: Object.hasOwn(pinned, name) };
    }),
  );
  const others = found.filter((one) => one !== null);
  const gone = others.flatMap(({ name, was, now }) => whyGone(name, was, now) ?? []);
  const refused = gone.length > 0 ? `it was not run as its inputs are not there: ${gone.join("; ")}` : null;
  const moved = others.filter(({ isPinned }) => !isPinned).map(({ name, was, now }) =>
    judgeInput(name, was, now, NEVER)
  );
  const notes = moved.filter(({ verdict }) => verdict === "moved").map(({ text }) => `read as it is now: ${text}`);
  return { refused, notes: [...new Set(notes)] };
}

/** Ages do not matter here. */
const NEVER = { warnMs: Infinity, failMs: Infinity };

function whyGone(name: string, was: Input, now: InputNow): string | null {
  if ("unknown" in now) return `${name}: ${now.unknown}`;
  if ("model" in was) return null;
  if ("ends" in was && "ends" in now) {
    const short = Object.entries(was.ends).some(([partition, end]) => (now.ends[partition] ?? 0) < end);
    const isGone = was.incarnation !== now.incarnation || short && !name.includes("@");
    return isGone ? judgeInput(name, was, now, NEVER).text : null;
  }
  if (!("readDigest" in now) || !("digest" in was)) return judgeInput(name, was, now, NEVER).text;
  if (now.readDigest === null) return `${name}: version ${was.version} is not in its log any more`;
  return was.table !== now.table || now.readDigest !== was.digest ? judgeInput(name, was, now, NEVER).text : null;
}
