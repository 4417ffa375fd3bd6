import type { Random } from "./random.ts";

/** Kinds of faults, and what each one is. */
export const KINDS = {
  kill: "kill -9 of the real process before, during or after the step",
  timeout: "the step hangs and is given up; it never happens, or happens late",
  lost: "the step happens, and its answer is lost",
  refused: "412: another writer's entry lies there first, or our own does as the client sent it twice",
  race: "two ingesters go for the same version, and the other one wins",
  torn: "kill -9 while a temporary file is there and not whole",
  disk: "the disk refuses to write (RLIMIT_FSIZE, EFBIG)",
  pause: "SIGSTOP before the commit; it wakes after others' commits, a checkpoint and a clean-up of the log",
} as const;

/** One of the kinds. */
export type Kind = keyof typeof KINDS;

/** The way of a record, in order. */
export const STEPS = ["publish", "seal", "put", "commit", "truncate"] as const;

/** One of the steps. */
export type Step = typeof STEPS[number];

/** The process that takes a step. */
export type Role = "publisher" | "ingester" | "truncater";

/** Where a workbench's parts lie. */
export interface Backend {
  /** Kind of its bus. */
  bus: "sqlite" | "kafka";
  /** Kind of its store. */
  store: "directory" | "s3";
}

/** One fault that is to strike. */
export interface Fault {
  /** Number within its run. */
  id: number;
  /** What happens. */
  kind: Kind;
  /** At which step. */
  step: Step;
  /** For example `before`; kinds that have only one way leave it empty. */
  way: string;
  /** Steps that pass before it. */
  skip: number;
}

/** Steps at which a kind can strike, and the ways it has there. */
const PLACES: Readonly<Record<Kind, Partial<Record<Step, readonly string[]>>>> = {
  kill: {
    publish: ["before", "during", "after"],
    seal: ["before", "during", "after"],
    put: ["before", "during", "after"],
    commit: ["before", "during", "after"],
    truncate: ["before", "during", "after"],
  },
  timeout: {
    publish: ["never", "late"],
    seal: ["never"],
    put: ["never", "late"],
    commit: ["never", "late"],
    truncate: ["never", "late"],
  },
  lost: { publish: [""], put: [""], commit: [""], truncate: [""] },
  refused: { commit: ["foreign", "own"] },
  race: { commit: [""] },
  torn: { seal: [""], put: [""], commit: [""] },
  disk: { publish: [""], seal: [""], put: [""], commit: [""], truncate: [""] },
  pause: { commit: [""] },
};

/** Of 41 faults, how many are of a kind: rarer ones take longer. */
const SHARES: Readonly<Record<Kind, number>> = {
  kill: 8,
  timeout: 8,
  lost: 6,
  refused: 5,
  race: 4,
  torn: 3,
  disk: 4,
  pause: 3,
};

/**
 * Plans the faults of one run.
 *
 * @param random decides all of it
 * @param backend what the run is on; a disk refuses only where this machine writes
 * @param count how many faults
 * @param only kinds to draw from; all when left out
 * @returns the faults, numbered from 0
 */
export function planFaults(random: Random, backend: Backend, count: number, only?: readonly Kind[]): Fault[] {
  const kinds = only ?? (Object.keys(SHARES) as Kind[]).flatMap((kind) => Array<Kind>(SHARES[kind]).fill(kind));
  let deck: Kind[] = [];
  return Array.from({ length: count }, (_, id) => {
    if (deck.length === 0) deck = random.shuffle(kinds);
    const kind = deck.pop()!;
    const step = random.pick(stepsOf(kind, backend));
    return { id, kind, step, way: random.pick(PLACES[kind][step]!), skip: random.below(3) };
  });
}

/**
 * Tells at which steps a kind can strike.
 *
 * @param kind kind of the fault
 * @param backend what it strikes
 * @returns the steps
 */
export function stepsOf(kind: Kind, { bus, store }: Backend): Step[] {
  const local = {
    publish: bus === "sqlite",
    seal: true,
    put: true,
    commit: store === "directory",
    truncate: bus === "sqlite",
  };
  const needsDisk = kind === "disk" || kind === "torn";
  return STEPS.filter((step) => step in PLACES[kind] && (!needsDisk || local[step]));
}

/**
 * Tells which process takes a step.
 *
 * @param step the step
 * @returns its role
 */
export function roleOf(step: Step): Role {
  return step === "publish" ? "publisher" : step === "truncate" ? "truncater" : "ingester";
}
