import type { Finding } from "../provenance.ts";
import type { Align } from "./_align.ts";
import { openQueues } from "./_queues.ts";
import { diffRecord, type ValueChange } from "./value_change.ts";
import { diffWords, type Marks } from "./_words.ts";

/** A finding that is new, gone or says something else. */
export interface FindingChange {
  /** Which of them. */
  state: "added" | "removed" | "changed";
  /** Id of its cell in the new notebook, in the old one where it is gone. */
  cell: string;
  /** Label of that cell. */
  label: string;
  /** The old sentence; null where it is new. */
  old: string | null;
  /** The new sentence; null where it is gone. */
  new: string | null;
  /** What differs in the two sentences, in UTF-16 units; absent where they have little in common. */
  marks?: { old: Marks; new: Marks };
  /** Its values by the texts of their expressions, those that differ. */
  values: ValueChange[];
}

/** Findings of a cell on both sides. */
export interface FindingPair {
  cell: string;
  label: string;
  old: Finding[];
  new: Finding[];
}

/** Compares the findings of cells that belong together; one that went to another cell is known by its sentence. */
export function diffFindings(pairs: FindingPair[], align: Align): FindingChange[] {
  const open = pairs.flatMap(pairFindings);
  const take = openQueues(open.filter(({ new: now }) => !now), ({ old }) => shapeOf(old!));
  const moved = new Map(open.flatMap((found) => {
    const from = found.old ? undefined : take(shapeOf(found.new!));
    return from ? [[found, from]] : [];
  }));
  const gone = new Set(moved.values());
  return open.filter((found) => !gone.has(found)).flatMap((found) => {
    return compare({ ...found, old: found.old ?? moved.get(found)?.old ?? null }, align) ?? [];
  });
}

interface Open {
  cell: string;
  label: string;
  old: Finding | null;
  new: Finding | null;
}

/** Within a cell: equal sentences first, then sentences of the same shape, then by place. */
function pairFindings({ cell, label, old, new: now }: FindingPair): Open[] {
  const partner = new Map<Finding, Finding>();
  for (const keyOf of [textOf, shapeOf, () => ""]) {
    const taken = new Set(partner.values());
    const take = openQueues(old.filter((finding) => !taken.has(finding)), keyOf);
    for (const finding of now.filter((other) => !partner.has(other))) {
      const found = take(keyOf(finding));
      if (found) partner.set(finding, found);
    }
  }
  const taken = new Set(partner.values());
  return [
    ...now.map((finding) => ({ cell, label, old: partner.get(finding) ?? null, new: finding })),
    ...old.filter((finding) => !taken.has(finding)).map((finding) => ({ cell, label, old: finding, new: null })),
  ];
}

function textOf({ text }: Finding): string {
  return text;
}

/** A sentence without its numbers. */
function shapeOf({ text }: Finding): string {
  return text.replace(/[-+−]?\d[\d,.:]*/g, "#");
}

function compare({ cell, label, old, new: now }: Open, align: Align): FindingChange | null {
  const values = diffRecord(old?.values ?? {}, now?.values ?? {});
  if (old && now && old.text === now.text && values.length === 0) return null;
  const state = !old ? "added" : !now ? "removed" : "changed";
  const marks = old && now ? diffWords(old.text, now.text, align) : null;
  return {
    state,
    cell,
    label,
    old: old?.text ?? null,
    new: now?.text ?? null,
    ...marks ? { marks } : {},
    values: state === "changed" ? values : [],
  };
}
