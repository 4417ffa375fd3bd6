import type { Filter } from "./_filter.ts";
import type { LiveFile } from "./snapshot.ts";

type Filters = readonly (Filter | null)[];

/** Chooses files unless the same query chose from the same facts before. */
export type Choices = (
  filters: Filters,
  facts: readonly unknown[],
  choose: () => Promise<LiveFile[]>,
) => Promise<LiveFile[]>;

/** Remembers the last choice of each query by its filters, for as long as these are held. */
export function rememberChoices(): Choices {
  const last = new WeakMap<Filters, { facts: readonly unknown[]; files: LiveFile[] }>();
  return async (filters, facts, choose) => {
    const before = last.get(filters);
    if (before && isSame(before.facts, facts)) return before.files;
    const files = await choose();
    last.set(filters, { facts: [...facts], files });
    return files;
  };
}

function isSame(before: readonly unknown[], facts: readonly unknown[]): boolean {
  return before.length === facts.length && facts.every((fact, i) => Object.is(fact, before[i]));
}
