import type { Json } from "../../lib/events/mod.ts";
import { diffAsText, diffNotebooks, type Notebook, type NotebookDiff } from "../../lib/notebook/mod.ts";
import { type LoadedSide, loadSide } from "./_load_side.ts";
import { notebookSides } from "./_notebook_sides.ts";
import type { Action } from "./verb.ts";

/** The verb `notebook diff`. */
export const notebookDiff: Action = async ({ args, options }) => {
  const words = args.filter((word) => word !== undefined);
  const [from, to] = await notebookSides(words, Deno.cwd());
  const sides: Sides = [await loadSide(from), await loadSide(to)];
  const diff = await diffSides(sides);
  const failed = sides.some(({ state }) => state === "broken");
  const colours = Deno.stdout.isTerminal() && !Deno.noColor;
  return {
    json: asJson(sides, diff),
    text: `${from.name} → ${to.name}\n\n${diffAsText(diff, { colours })}`,
    exitCode: failed || (options.exitCode === true && !diff.equal) ? 1 : 0,
  };
};

type Sides = [LoadedSide, LoadedSide];

async function diffSides(sides: Sides): Promise<NotebookDiff> {
  const [old, recent] = sides;
  if (!old.notebook && !recent.notebook) throw new RangeError(whyNothing(sides));
  const judged = recent.verdicts && (old.verdicts || !old.notebook);
  const verdicts = judged ? { verdicts: { old: old.verdicts ?? [], new: recent.verdicts! } } : {};
  const diff = await diffNotebooks(old.notebook ?? EMPTY, recent.notebook ?? EMPTY, verdicts);
  const notes = [
    ...sides.flatMap(({ problem }) => problem === "" ? [] : [problem]),
    ...old.state === "absent" ? [`${old.name} is not there: all is new`] : [],
    ...recent.state === "absent" ? [`${recent.name} is not there: all is gone`] : [],
  ];
  return { ...diff, notes: [...notes, ...diff.notes] };
}

const EMPTY: Notebook = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };

function whyNothing(sides: Sides): string {
  const found = sides.map(({ name, problem }) => problem === "" ? `"${name}" is not there` : problem);
  return `Cannot compare two notebooks as one side must be there: ${found.join("; ")}`;
}

/** Figures have their digests; their bytes stand in the notebooks. */
function asJson(sides: Sides, diff: NotebookDiff): Json {
  const plain = JSON.parse(JSON.stringify(diff, (key, value) => key === "base64" ? undefined : value));
  const [old, recent] = sides.map(({ name, state }) => ({ name, state }));
  return { old: old!, new: recent!, ...plain };
}
