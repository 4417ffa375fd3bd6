import type { RecordedCell } from "./_judge_code.ts";
import type { Unproven } from "./provenance.ts";
import { explained, type NameOf, plain, type ProofVerdict, type Verdict } from "./verdicts.ts";

/** A cell is as unproven as the cells whose values it uses. */
export function judgeProof(
  cells: readonly RecordedCell[],
  { needsOf, nameOf }: { needsOf: (id: string) => readonly string[]; nameOf: NameOf },
): Map<string, Verdict<ProofVerdict>> {
  const proofs = new Map<string, Verdict<ProofVerdict>>();
  const byId = new Map(cells.map((one) => [one.cell.id, one]));
  for (const { cell, record } of cells) {
    const { id } = cell;
    const own = record?.unproven
      ? readsText(record.unproven)
      : record || isBlank(cell)
      ? null
      : "no run of it is recorded";
    const chain = needsOf(id).map((need) => proofs.get(need)?.chain ?? []).find(({ length }) => length > 0);
    const source = chain && byId.get(chain.at(-1)!)!;
    if (own !== null) proofs.set(id, explained("unproven", own, [id], nameOf));
    else if (!source) proofs.set(id, plain("proven"));
    else proofs.set(id, explained("unproven", borrowed(source, nameOf), [id, ...chain], nameOf));
  }
  return proofs;
}

function borrowed({ cell, record }: RecordedCell, nameOf: NameOf): string {
  return `cell "${nameOf(cell.id)}" ${record?.unproven ? readsText(record.unproven) : "has no run"}`;
}

function isBlank({ source }: { source: string }): boolean {
  return source.trim() === "";
}

/** Such as `read the clock, a file`. */
export function readsText(unproven: readonly Unproven[]): string {
  return `read ${unproven.map((kind) => READS[kind]).join(", ")}`;
}

const READS: Readonly<Record<Unproven, string>> = {
  file: "a file",
  network: "the network",
  clock: "the clock",
  random: "randomness",
};
