import { type EndpointSpec, parseEndpoint } from "../endpoints/mod.ts";
import type { Json } from "../events/mod.ts";
import { diffRecord, orProblem, type ValueChange } from "../notebook/mod.ts";
import type { ReviewSide } from "./_review_side.ts";

/** An endpoint whose file differs, or that rests on what differs. */
export interface EndpointReview {
  /** Name of the endpoint. */
  endpoint: string;
  /** Its file, from the root of the repository. */
  file: string;
  /** What became of the file. */
  state: "added" | "removed" | "changed" | "untouched" | "broken";
  /** Settings of the file that differ, by their place, such as `variants.control.weight`. */
  settings: ValueChange[];
  /** Functions that it calls and that differ. */
  functions: string[];
  /** Models that its file names and whose evaluation differs. */
  models: string[];
  /** What is wrong with the file; empty where nothing is. */
  problem: string;
}

/** What else differs that an endpoint may rest on. */
export interface Affecting {
  /** Names of functions. */
  functions: ReadonlySet<string>;
  /** Names of models without version. */
  models: ReadonlySet<string>;
}

/** Finds endpoints that a change reaches. */
export async function reviewEndpoints(
  was: ReviewSide,
  now: ReviewSide,
  affecting: Affecting,
): Promise<EndpointReview[]> {
  const files = [...new Set([...was.list(".endpoint.yaml"), ...now.list(".endpoint.yaml")])].sort();
  const reviews: EndpointReview[] = [];
  for (const file of files) {
    const [old, recent] = [await readSpec(file, was), await readSpec(file, now)];
    const review = compare(file, old, recent, affecting);
    if (review) reviews.push(review);
  }
  return reviews;
}

interface Read {
  spec: EndpointSpec | null;
  problem: string;
  id: string | undefined;
}

async function readSpec(file: string, side: ReviewSide): Promise<Read> {
  const text = side.readFile(`${side.root}/${file}`);
  const id = side.tree.files.get(file)?.id;
  if (text === null) return { spec: null, problem: "", id };
  const { value, problem } = await orProblem(() => parseEndpoint(text, file));
  return { spec: value, problem, id };
}

function compare(file: string, was: Read, now: Read, { functions, models }: Affecting): EndpointReview | null {
  const spec = now.spec ?? was.spec;
  const same = was.id === now.id;
  if (!spec) return now.problem === "" || same ? null : broken(file, now.problem);
  const called = namesOf(now.spec ?? spec);
  const review: EndpointReview = {
    endpoint: spec.endpoint,
    file,
    state: now.problem !== "" ? "broken" : !now.id ? "removed" : !was.id ? "added" : same ? "untouched" : "changed",
    settings: was.spec && now.spec ? diffRecord(flatten(was.spec), flatten(now.spec)) : [],
    functions: called.functions.filter((name) => functions.has(name)),
    models: called.models.filter((name) => models.has(name)),
    problem: now.problem,
  };
  const reached = review.functions.length + review.models.length > 0;
  return review.state === "untouched" && !reached ? null : review;
}

function broken(file: string, problem: string): EndpointReview {
  const endpoint = file.slice(file.lastIndexOf("/") + 1).replace(/\.endpoint\.yaml$/, "");
  return { endpoint, file, state: "broken", settings: [], functions: [], models: [], problem };
}

function namesOf({ variants, shadow = [] }: EndpointSpec): { functions: string[]; models: string[] } {
  const calls = [...variants.flatMap(({ steps }) => steps.flatMap((step) => "call" in step ? [step] : [])), ...shadow];
  const names = (found: string[]) => [...new Set(found.map((name) => name.split("@")[0]!))].sort();
  return {
    functions: names(calls.map(({ call }) => call)),
    models: names(calls.flatMap(({ models }) => Object.values(models))),
  };
}

/** Every setting by its place; parts of a list that have a name go by it. */
function flatten(value: unknown, place = ""): Record<string, Json> {
  if (typeof value !== "object" || value === null) return place === "" ? {} : { [place]: value as Json };
  const parts = Array.isArray(value)
    ? value.map((
      part,
      index,
    ): [string, unknown] => [(part as { name?: string } | null)?.name ?? String(index + 1), part])
    : Object.entries(value);
  return Object.assign({}, ...parts.map(([name, part]) => flatten(part, place === "" ? name : `${place}.${name}`)));
}
