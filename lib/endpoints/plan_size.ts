const MAX_DEPTH = 8;
const MAX_NODES = 32;

/** Tells of one thing that is wrong, and where. */
export type Issue = (path: (string | number)[], message: string) => void;

/**
 * Checks the plans of an endpoint's file before anything else reads them: how deep they are nested, how many nodes they
 * have, and that no step may take longer than the endpoint. A plan that contains itself ends here.
 *
 * @param file what the file holds, unchecked
 * @param issue told of each plan's first fault
 * @example
 * ```ts
 * import { checkPlans } from "./plan_size.ts";
 * const found: string[] = [];
 * checkPlans({ budgetMs: 9, variants: [{ plan: { call: "f", budgetMs: 10 } }] }, (path) => found.push(path.join(".")));
 * if (found[0] !== "variants.0.plan.budgetMs") throw new Error("unexpected");
 * ```
 */
export function checkPlans(file: unknown, issue: Issue): void {
  const { variants, budgetMs } = entriesOf(file);
  if (!Array.isArray(variants)) return;
  variants.forEach((variant, i) => {
    const fault = faultOf(entriesOf(variant).plan, ["variants", i, "plan"], Number(budgetMs));
    if (fault) issue(fault.path, fault.message);
  });
}

interface Placed {
  node: unknown;
  path: (string | number)[];
  depth: number;
}

function faultOf(
  plan: unknown,
  path: Placed["path"],
  budgetMs: number,
): { path: Placed["path"]; message: string } | null {
  const open: Placed[] = [{ node: plan, path, depth: 1 }];
  for (let nodes = 1; open.length > 0; nodes++) {
    const placed = open.shift()!, own = entriesOf(placed.node).budgetMs;
    if (placed.depth > MAX_DEPTH) return { path: placed.path, message: `must not be nested deeper than ${MAX_DEPTH}` };
    if (nodes > MAX_NODES) return { path, message: `must have at most ${MAX_NODES} nodes` };
    if (typeof own === "number" && own > budgetMs) {
      const message = `must be at most the endpoint's ${budgetMs} ms: got ${own}`;
      return { path: [...placed.path, "budgetMs"], message };
    }
    open.push(...childrenOf(placed));
  }
  return null;
}

function childrenOf({ node, path, depth }: Placed): Placed[] {
  const found = entriesOf(node);
  const lists = ["fallback", "all"].flatMap((key) =>
    (Array.isArray(found[key]) ? found[key].slice(0, MAX_NODES + 1) : []).map((node, i) => ({ node, place: [key, i] }))
  );
  const single = ["then", "else", "combine"].flatMap((key) =>
    typeof found[key] === "object" ? [{ node: found[key], place: [key] }] : []
  );
  return [...lists, ...single].map(({ node, place }) => ({ node, path: [...path, ...place], depth: depth + 1 }));
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
