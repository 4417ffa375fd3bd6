import type { CellPair } from "./_match.ts";

/** What is said of a cell by one of the verdicts. */
export interface Judgement {
  /** The verdict, such as `fresh`. */
  verdict: string;
  /** What was found; empty where nothing is to be said. */
  reason: string;
}

/** The verdicts on one cell that two versions of a notebook are compared by. */
export interface CellJudgements {
  /** Id of the cell. */
  cell: string;
  /** Whether its outputs come from its code. */
  code: Judgement;
  /** Whether all that it read is on record. */
  proof: Judgement;
}

/** A verdict that is another one than before. */
export interface VerdictChange {
  /** Id of the cell in the new notebook. */
  cell: string;
  /** Label of that cell. */
  label: string;
  /** Which verdict. */
  of: "code" | "proof";
  /** What it was; null where the cell is new or was not judged. */
  old: string | null;
  /** What it is. */
  new: string;
  /** Why; empty where nothing is to be said. */
  reason: string;
}

/** Compares the verdicts on cells that belong together; of new cells those that are not good are told. */
export function diffVerdicts(
  pairs: { pair: CellPair; old: string | null; cell: string; label: string }[],
  was: readonly CellJudgements[],
  now: readonly CellJudgements[],
): VerdictChange[] {
  const [before, after] = [was, now].map((list) => new Map(list.map((judged) => [judged.cell, judged])));
  return pairs.flatMap(({ old, cell, label }) => {
    const judged = after!.get(cell);
    const earlier = old === null ? undefined : before!.get(old);
    return (["code", "proof"] as const).flatMap((of): VerdictChange[] => {
      if (!judged) return [];
      const { verdict, reason } = judged[of];
      const past = earlier?.[of].verdict ?? null;
      return verdict === (past ?? GOOD[of]) ? [] : [{ cell, label, of, old: past, new: verdict, reason }];
    });
  });
}

const GOOD = { code: "fresh", proof: "proven" };
