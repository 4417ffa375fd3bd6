import type { Bus, TopicInfo } from "../bus/mod.ts";
import { commit, type CommitPlan, readSnapshot, type Snapshot } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { compileFit } from "./_fit.ts";
import { planParts } from "./_plan_parts.ts";
import { appIdOf, committedOf, noteIdOf } from "./_position.ts";
import { explainGap, findGap, type Gap } from "./gap.ts";
import type { TopicSchema } from "./topic_schema.ts";

/** A partition that goes on, and what is left out. */
export interface Resumed {
  /** Name of the topic. */
  topic: string;
  /** The partition. */
  partition: number;
  /** retention: the offsets are lost; rewound: what the bus has at them is left out, the lake has them already. */
  reason: "retention" | "rewound";
  /** First offset that is left out. */
  from: number;
  /** Offset from which it goes on. */
  to: number;
}

/** A topic that stands still. */
export interface ResumedTopic {
  /** The topic. */
  info: TopicInfo;
  /** The bus. */
  bus: Bus;
  /** The store that holds the lake. */
  store: Store;
  /** What its events must look like; null takes any text. */
  schema: TopicSchema | null;
  /** Why a person goes on; stands in the history of the table. */
  why: string;
}

/**
 * Lets the partitions of a topic that stand still go on, in one commit: behind what retention took, or from the lake's
 * position when the bus was set back.
 *
 * @param of The topic.
 * @returns The partitions, and what is left out of each.
 * @throws {RangeError} When none stands still, or the topic was created anew.
 */
export async function resumeTopic(of: ResumedTopic): Promise<Resumed[]> {
  const { bus, store, info: { topic, incarnation } } = of;
  for (;;) {
    const places = await bus.positions(topic); // a low watermark must be older than the version
    const read = await readSnapshot(store, topic);
    const gaps = places.flatMap(({ partition, low, high }) =>
      findGap(read, { topic, incarnation, partition }, { low, high }) ?? []
    );
    const resumed = gaps.map((gap) => resumedOf(gap, read));
    if (resumed.length === 0) {
      throw new RangeError(`Cannot resume topic "${topic}" as one of its partitions must stand still: all go on`);
    }
    if ("version" in await commit(store, topic, planOf(of, read, resumed))) return resumed;
  }
}

function resumedOf({ topic, incarnation, partition, from, to, reason, ...rest }: Gap, read: Snapshot | null): Resumed {
  if (reason === "recreated") {
    const why = explainGap({ topic, incarnation, partition, from, to, reason, ...rest });
    throw new RangeError(`Cannot resume topic "${topic}" as the lake must know it: ${why}`);
  }
  const committed = committedOf(read, topic, incarnation, partition);
  return { topic, partition, reason, from, to: Math.max(to, committed) };
}

function planOf(
  { info: { topic, incarnation }, schema, why }: ResumedTopic,
  read: Snapshot | null,
  resumed: readonly Resumed[],
): CommitPlan {
  const written = { files: [], fit: compileFit(schema, read?.schema), counts: new Map() };
  const created = read === null ? planParts({ topic, incarnation, isSparse: false, read, parts: [], written }) : null;
  const txns = resumed.map(({ partition, reason, from, to }) => {
    const missing = noteIdOf("missing", topic, incarnation, partition);
    return reason === "rewound"
      ? { [noteIdOf("resumed", topic, incarnation, partition)]: to }
      : { [appIdOf(topic, incarnation, partition)]: to, [missing]: (read?.txns.get(missing) ?? 0) + to - from };
  });
  const missing = Object.fromEntries(resumed.map(({ partition, from, to }) => [partition, [from, to]]));
  return { read, ...created, operation: "RESUME", txns: Object.assign({}, ...txns), info: { why, missing } };
}
