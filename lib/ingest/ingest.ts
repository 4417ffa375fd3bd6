import { isAbsolute } from "node:path";
import type { Bus, TopicInfo } from "../bus/mod.ts";
import type { Store } from "../store/mod.ts";
import { type Engine, openEngine } from "./_engine.ts";
import { flushTopic, type IngestProgress, type IngestReport } from "./_flush_topic.ts";
import { type FollowOptions, followTopics } from "./_follow.ts";
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
  /** Is told how far a flush is. */
  onProgress?: (progress: IngestProgress) => void;
}

/** The way from the bus into the lake: each record exactly once. */
export interface Ingest extends AsyncDisposable {
  /**
   * Moves everything that is durable on the bus now. Answers one report per partition that had something to move, or
   * stands still. Rejects with RangeError for an unknown topic, Error when the lake cannot be written.
   */
  flush(topics?: readonly string[]): Promise<IngestReport[]>;
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
  const engine = await openEngine(options.tmpDir ?? folderOf(options.store));
  let last: Promise<unknown> = Promise.resolve();
  // One connection, one flush at a time.
  const exclusive = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task);
    last = next.catch(() => undefined);
    return next;
  };
  const flush = (topics?: readonly string[]) => exclusive(() => flushAll(options, engine, topics));
  return {
    flush,
    follow: (how) => followTopics(options.bus, flush, how),
    completeness: (topic) => completenessOf(options.bus, options.store, topic),
    [Symbol.asyncDispose]: async () => {
      await last;
      await engine[Symbol.asyncDispose]();
    },
  };
}

async function flushAll(
  options: IngestOptions,
  engine: Engine,
  names: readonly string[] | undefined,
): Promise<IngestReport[]> {
  const schemas = await options.schemas();
  const reports: IngestReport[] = [], errors: unknown[] = [];
  for (const info of await chosen(options.bus, names)) {
    try {
      const schema = topicSchema(schemas, info.topic);
      reports.push(...await flushTopic({ ...options, engine, info, schema }));
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

function folderOf({ url }: Store): string {
  const dir = url.startsWith("file:") ? url.slice("file:".length) : "";
  if (isAbsolute(dir)) return dir;
  throw new RangeError(`Cannot open ingest as it needs a folder for files in passing: "${url}" is none; pass tmpDir`);
}
