// Schedules: what happens to the model, step by step, and what must hold whatever happened.
import { noteIdOf, stopOf } from "../_position.ts";
import type { IngestRules } from "../machine.ts";
import { type Actor, appender, compactor, type Fault, ingester } from "./model_actors.ts";
import {
  append,
  checkBus,
  checkVersion,
  loseEnd,
  newest,
  newWorld,
  positionOf,
  put,
  recreate,
  resume,
  rowsOf,
  TOPIC,
  type World,
} from "./model_world.ts";

const FAULTS: Fault[] = ["error", "lost", "late"];
const NAMES = ["A", "B", "compactor", "writer"];
const times = (count: number, action: string): string[] => Array.from({ length: count }, () => action);

/** What may happen, as often as it is listed. */
export const ACTIONS: readonly string[] = [
  ...NAMES.flatMap((name) => times(name.length === 1 ? 24 : 6, `${name}: steps`)),
  ...NAMES.flatMap((name) => FAULTS.flatMap((fault) => times(name.length === 1 ? 2 : 1, `${name}: ${fault}`))),
  ...NAMES.flatMap((name) => [`${name}: is killed`, `${name}: steps and is killed`]),
  ...NAMES.flatMap((name) => times(3, `${name}: runs to its end`)),
  ...times(4, "bus: takes records in partition 0"),
  ...times(4, "bus: takes records in partition 1"),
  ...times(3, "bus: takes a repeat"),
  ...times(2, "bus: skips offsets"),
  ...times(2, "lake: gets another schema"),
  ...times(4, "lake: gets a checkpoint"),
  ...times(4, "lake: its log is cleaned"),
  ...times(2, "lake: a late put lands"),
  "time: two hours pass",
];

const LOSES_END = "bus: loses its end", RESUMES = "lake: a person resumes";

const UNLIKE = ["bus: takes a repeat", "bus: skips offsets", "lake: its log is cleaned"];
/** Where a bus loses its end as well; no repeats and no sparse offsets, so that each offset must be there. */
export const SET_BACK: readonly string[] = [
  ...ACTIONS.filter((action) => !UNLIKE.includes(action)),
  ...times(4, LOSES_END),
  ...times(2, RESUMES),
  ...times(6, "bus: takes records in partition 0"),
];

/** Happens at most once in a schedule, as nothing can be ingested afterwards. */
export const RECREATED = "bus: deletes the topic, and gets another of its name";

/**
 * Runs a schedule, lets the faults end and one ingester finish, and judges the outcome; throws when a rule is broken.
 * Answers what the machines have been through.
 */
export function runSchedule(actions: readonly string[], rules: IngestRules): ReadonlySet<string> {
  const world = newWorld();
  const A = ingester(world, rules), B = ingester(world, rules);
  const writes = appender(world, rules);
  const actors: Record<string, Actor> = { A, B, compactor: compactor(world, rules), writer: writes };
  for (const action of actions) {
    const [name, what] = action.split(": ") as [string, string];
    if (name in actors) act(actors[name]!, what);
    else happen(world, what);
    checkBus(world);
  }
  for (const land of world.late) land();
  A.crash();
  do A.act("none"); while (!A.isIdle());
  if (A.lastFailure() !== null) throw new Error(`Cannot finish as ${JSON.stringify(A.lastFailure())}`);
  checkEnd(world, writes.acknowledged);
  return world.reached;
}

function act(actor: Actor, what: string): void {
  if (what === "steps") return actor.act("none");
  if (what === "is killed") return actor.crash();
  if (what === "steps and is killed") {
    actor.act("none");
    return actor.crash();
  }
  if (what !== "runs to its end") return actor.act(what as Fault);
  for (let step = 0; step < 100; step++) {
    actor.act("none");
    if (actor.isIdle()) return;
  }
  throw new Error("Cannot finish as a hundred steps must be enough");
}

function happen(world: World, what: string): void {
  const at = world.partitions[world.sequence % 2]!;
  switch (what) {
    case "takes records in partition 0":
    case "takes records in partition 1":
      for (let i = 0; i < 2; i++) append(world, Number(what.at(-1)), `p${world.sequence % 3 && 1}`, world.sequence++);
      return;
    case "takes a repeat": {
      const record = at.records.at(-1 - world.sequence % 3);
      if (record) append(world, record.partition, record.producer, record.sequence);
      return;
    }
    case "skips offsets":
      at.high += 2;
      return;
    case LOSES_END.slice("bus: ".length):
      return loseEnd(world, world.sequence % 2);
    case RESUMES.slice("lake: ".length):
      for (const partition of world.partitions.keys()) resume(world, partition);
      return;
    case RECREATED.slice("bus: ".length):
      return recreate(world);
    case "gets another schema": {
      const { length } = world.history;
      put(world, length, { nonce: `schema${length}`, txns: {}, add: [], remove: [], schema: length });
      return;
    }
    case "gets a checkpoint":
      world.checkpoint = newest(world)?.version ?? -1;
      return;
    case "its log is cleaned":
      for (const version of world.log.keys()) if (version < world.checkpoint) world.log.delete(version);
      return;
    case "a late put lands":
      world.late.shift()?.();
      return;
    case "two hours pass":
      world.nowMs += 7_200_000;
      return;
    default:
      throw new TypeError(`Cannot let happen what is unknown: ${what}`);
  }
}

/** Everything is in the lake; what was acknowledged is there once, and what was not at most once. */
function checkEnd(world: World, acknowledged: readonly number[]): void {
  const version = newest(world);
  if (version === null) {
    if (world.partitions.every(({ high }) => high === 0)) return;
    throw new Error("Cannot lose records as there is no table at all");
  }
  checkVersion(world);
  const isStopped = [...version.txns.keys()].some((appId) =>
    world.older.some(({ incarnation }) => appId.startsWith(`${TOPIC}/${incarnation}/`))
  );
  for (const [partition, { high }] of world.partitions.entries()) {
    const gap = world.gaps.find((each) => each.partition === partition);
    if (isStopped && gap?.reason !== "recreated") throw new Error(`Cannot keep a gap of partition ${partition} to itself`);
    if (isStopped) continue;
    if (stopOf(version, TOPIC, world.incarnation, partition) !== null) {
      if (gap?.reason === "rewound") continue;
      throw new Error(`Cannot keep a stop of partition ${partition} to itself`);
    }
    const position = positionOf(world, version, partition);
    const resumed = version.txns.get(noteIdOf("resumed", TOPIC, world.incarnation, partition)) ?? 0;
    if (position > high && resumed === position) continue; // the bus is not past it yet
    if (position !== high) throw new Error(`Cannot lose records of partition ${partition}: at ${position} of ${high}`);
  }
  const counts = Map.groupBy(rowsOf(world, version).filter(({ partition }) => partition === -1), ({ offset }) => offset);
  for (const [offset, rows] of counts) if (rows.length > 1) throw new Error(`Cannot double the write ${offset}`);
  for (const offset of acknowledged) if (!counts.has(offset)) throw new Error(`Cannot lose the write ${offset}`);
}
