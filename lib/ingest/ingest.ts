import { type Bus, checkTopic, type Membership, type TopicInfo } from "../bus/mod.ts";
import { type CommitPace, finishCommit, openPace } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Engine, openEngine } from "./_engine.ts";
import {
  type EffectHook,
  flushTopic,
  type IngestProgress,
  type IngestReport,
  type TopicFlush,
} from "./_flush_topic.ts";
import { type FollowOptions, followTopics } from "./_follow.ts";
import { type Resumed, resumeTopic } from "./_resume.ts";
import type { SeenCache } from "./_write_parts.ts";
import { type Completeness, completenessOf } from "./completeness.ts";
import { type TopicSchema, topicSchema } from "./topic_schema.ts";

/** What openIngest is given. */
export interface IngestOptions {
  /** The bus. */
  bus: Bus;
  /** The store that holds the lake. */
  store: Store;
  /** Answers what the events of each topic must look like; standard topics have their schemas always. */
  schemas: () => Promise<ReadonlyMap<string, TopicSchema>>;
  /** The workbench's signing key, for `gap` events. */
  key: string;
  /** Absolute folder for files in passing, on the file system of the lake; the lake's own unless given. */
  tmpDir?: string;
  /** Bytes of frames that one commit takes at most, over all partitions of a topic; 64 MiB by default. */
  commitBytes?: number;
  /**
   * Milliseconds of records that the bus keeps after they are in the lake; all of them are kept when left out. The topic
   * `control` is always kept.
   */
  keepMs?: number;
  /** Is told how far a flush is. */
  onProgress?: (progress: IngestProgress) => void;
  /** Is told what went wrong beside a commit that has won; by default it is a warning on the console. */
  onNote?: (note: string) => void;
  /** For tests of faults: is awaited before and after each effect of the machine, such as `put` or `truncate`. */
  onEffect?: EffectHook;
}

/** The way from the bus into the lake: each record exactly once. */
export interface Ingest extends AsyncDisposable {
  /**
   * Moves everything that is durable on the bus now. Answers one report per partition that had something to move, or
   * stands still. Rejects with RangeError for an unknown topic, Error when the lake cannot be written.
   */
  flush(topics?: readonly string[]): Promise<IngestReport[]>;
  /**
   * Lets the partitions of a topic that stand still go on, when a person says so: behind what retention took, or from the
   * lake's position when the bus was set back. Rejects with RangeError where none stands still, the topic was created anew
   * or `why` is empty.
   */
  resume(topic: string, why: string): Promise<Resumed[]>;
  /** Moves what comes, until the signal aborts: once a minute, or earlier when there is much. */
  follow(options: FollowOptions): Promise<void>;
  /** Compares what the bus took with what the lake has. */
  completeness(topic: string): Promise<Completeness>;
}

/**
 * Opens ingest. Any number of processes may: positions are committed with the rows, so that no record is lost or
 * doubled however they race or end.
 *
 * @param options Bus, store, schemas and key.
 * @returns Ingest.
 * @throws {Error} When its folder cannot be made.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { openIngest } from "./ingest.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * const store = await openStore({ kind: "directory", dir });
 * await bus.createTopic("notes");
 * await bus.publish("notes", [{ key: null, eventTimeMicros: null, value: { text: "hello" } }]);
 * await using ingest = await openIngest({ bus, store, key: "secret", schemas: () => Promise.resolve(new Map()) });
 * const [report] = await ingest.flush(["notes"]);
 * console.assert(report?.rows === 1 && report.version === 0);
 * ```
 */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const engine = await openEngine(options.tmpDir ?? options.store.localDir);
  const open = { options, engine, pace: openPace(), seen: new Map() };
  let last: Promise<unknown> = Promise.resolve();
  // One connection, one flush at a time.
  const exclusive = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
  const flush = (topics: readonly string[] | undefined, owns: Owns) => exclusive(() => flushAll(open, topics, owns));
  return {
    flush: (topics) => flush(topics, () => true),
    resume: (topic, why) => exclusive(() => resume(options, topic, why)),
    follow: (how) => followTopics(options.bus, flush, how),
    completeness: (topic) => completenessOf(options.bus, options.store, topic),
    [Symbol.asyncDispose]: async () => {
      await last;
      await engine[Symbol.asyncDispose]();
    },
  };
}

const COMMIT_BYTES = 64 * 1024 * 1024;
const KEPT = "control"; // its whole history is its state

interface Open {
  options: IngestOptions;
  engine: Engine;
  pace: CommitPace;
  seen: SeenCache;
}

type Owns = Membership["owns"];

async function flushAll(open: Open, names: readonly string[] | undefined, owns: Owns): Promise<IngestReport[]> {
  const schemas = await open.options.schemas();
  const reports: IngestReport[] = [], errors: unknown[] = [];
  for (const { topic } of await chosen(open.options.bus, names)) {
    try {
      checkTopic(topic); // other clients of a broker give other names
      reports.push(...await flushTopic(flushOf(open, topic, topicSchema(schemas, topic), owns)));
    } catch (cause) {
      errors.push(cause); // one topic's trouble must not keep the others from the lake
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, `Cannot ingest as ${errors.length} topics failed: ${errors.join("; ")}`);
  }
  return reports;
}

async function resume({ bus, store, schemas }: IngestOptions, topic: string, why: string): Promise<Resumed[]> {
  if (why.trim() === "") throw new RangeError(`Cannot resume topic "${topic}" as it must be told why: got ""`);
  const [info] = await chosen(bus, [topic]);
  return await resumeTopic({ info: info!, bus, store, why, schema: topicSchema(await schemas(), topic) });
}

function flushOf(
  { options, engine, pace, seen }: Open,
  topic: string,
  schema: TopicSchema | null,
  owns: Owns,
): TopicFlush {
  const { bus, store, key, onProgress, onEffect, onNote, keepMs, commitBytes = COMMIT_BYTES } = options;
  return {
    topic,
    bus,
    store,
    key,
    engine,
    schema,
    seen,
    maxBytes: commitBytes,
    keepMs: keepMs ?? 0,
    truncates: keepMs !== undefined && topic !== KEPT,
    owns: (partition) => owns(topic, partition),
    turn: () => pace.turn(topic),
    onCommit: async ({ prepared }) => {
      pace.won(topic);
      await finishCommit(store, prepared, onNote);
    },
    onConflict: () => pace.lost(topic),
    ...(onProgress ? { onProgress } : {}),
    ...(onEffect ? { onEffect } : {}),
  };
}

async function chosen(bus: Bus, names: readonly string[] | undefined): Promise<TopicInfo[]> {
  const all = await bus.topics();
  if (names === undefined) return all;
  return [...new Set(names)].map((name) => {
    const info = all.find(({ topic }) => topic === name);
    if (info) return info;
    const known = all.map(({ topic }) => topic).join(", ");
    throw new RangeError(
      `Cannot ingest topic "${name}" as the bus has none of that name: it has ${known || "none at all"}`,
    );
  });
}
