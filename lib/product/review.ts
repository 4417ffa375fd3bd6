import type { FileChange, Repository } from "../git/mod.ts";
import { type EndpointReview, reviewEndpoints } from "./_review_endpoints.ts";
import { type FunctionReview, reviewFunctions } from "./_review_functions.ts";
import { type MetricReview, reviewMetrics, type ThresholdReview } from "./_review_metrics.ts";
import { type ModuleReview, reviewModules } from "./_review_modules.ts";
import { type NotebookReview, reviewNotebooks } from "./_review_notebooks.ts";
import { isReviewed, openSide } from "./_review_side.ts";

/** What a line of commits changes for who reads the notebooks and who calls the endpoints. */
export interface Review {
  /** Where it starts: the revision as it was named, and the commit that is compared. */
  base: { revision: string; commit: string };
  /** Where it ends. */
  head: { revision: string; commit: string };
  /** What a reader must know of the review itself. */
  notes: string[];
  /** Notebooks that changed, or whose results did not follow, by path. */
  notebooks: NotebookReview[];
  /** Metrics of models that evaluation notebooks show with other values. */
  metrics: MetricReview[];
  /** Bounds of product.yaml that are others. */
  thresholds: ThresholdReview[];
  /** Functions that answer by other code. */
  functions: FunctionReview[];
  /** Endpoints that differ, or that rest on what differs. */
  endpoints: EndpointReview[];
  /** Local modules that changed and the cells that reach them. */
  modules: ModuleReview[];
  /** Figures of committed reports that are new, gone or others. */
  charts: ChartReview[];
}

/** A figure of a committed report. */
export interface ChartReview {
  /** Path in the old commit, from the root of the repository; null where it is new. */
  old: string | null;
  /** Path in the new commit; null where it is gone. */
  new: string | null;
}

/** What is to be reviewed. */
export interface ReviewRequest {
  /** Revision that the changes are proposed for, such as `main`. */
  base: string;
  /** Revision with the changes, such as `HEAD`. */
  head: string;
  /**
   * Asks the workbench that functions are promoted in for their newest promoted versions by name, null where it does not
   * answer; called only where a function changes, and nobody is asked by default.
   */
  promoted?: () => Promise<Readonly<Record<string, string>> | null>;
}

/**
 * Reviews what a line of commits changes, from the commit where it left the base, as a forge shows a pull request. It
 * reads both commits out of git: what lies in the working tree does not matter.
 *
 * @param repository The repository.
 * @param request Base and head.
 * @returns What changes; nothing in it was executed.
 * @throws {RangeError} When git knows no such revision.
 *
 * @example
 * ```ts
 * import { openRepository } from "../git/mod.ts";
 * import { reviewChanges } from "./review.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const refused = await openRepository(folder).then((git) => reviewChanges(git, { base: "main", head: "HEAD" }), () => null);
 * console.assert(refused === null);
 * ```
 */
export async function reviewChanges(
  repository: Repository,
  { base, head, promoted }: ReviewRequest,
): Promise<Review> {
  const [from, to] = [await repository.commit(base), await repository.commit(head)];
  const parted = await repository.mergeBase(from, to);
  const notes = parted === null ? [await whyNoBase(repository, base)] : [];
  const start = parted ?? from;
  const changes = await repository.changes(start, to);
  const [was, now] = [await openSide(repository, start), await openSide(repository, to)];
  const evaluations = await reviewMetrics(was, now);
  const functions = await withPromoted(await reviewFunctions(was, now), promoted);
  const affecting = {
    functions: new Set(functions.map(({ name }) => name)),
    models: new Set([
      ...evaluations.metrics.map(({ model }) => model.split("@")[0]!),
      ...evaluations.thresholds.map(({ model }) => model),
    ]),
  };
  return {
    base: { revision: base, commit: start },
    head: { revision: head, commit: to },
    notes: [...notes, ...evaluations.problems],
    notebooks: await reviewNotebooks(was, now, changes),
    metrics: evaluations.metrics,
    thresholds: evaluations.thresholds,
    functions,
    endpoints: await reviewEndpoints(was, now, affecting),
    modules: await reviewModules(now, changes),
    charts: changes.filter(isChart),
  };
}

async function whyNoBase(repository: Repository, base: string): Promise<string> {
  const shallow = await repository.isShallow();
  const why = shallow ? "this clone is shallow (git fetch --unshallow)" : "they share no history";
  return `Compared with ${base} itself, as it is not known where the changes left it: ${why}`;
}

async function withPromoted(
  found: FunctionReview[],
  ask: ReviewRequest["promoted"],
): Promise<FunctionReview[]> {
  if (!ask || found.length === 0) return found;
  const promoted = await ask();
  return found.map((one) => {
    if (promoted === null) return { ...one, promoted };
    return Object.hasOwn(promoted, one.name) ? { ...one, promoted: promoted[one.name]! } : one;
  });
}

/** Reports keep their figures beside them, in `reports/`. */
function isChart(change: FileChange): boolean {
  const path = change.new ?? change.old!;
  return /(^|\/)reports\/.*\.(svg|png|jpe?g)$/.test(path) && isReviewed(path);
}
