import { type Bus, TruncatedError } from "../bus/mod.ts";
import { quoteName, readSnapshot, type SqlConnection, sqlType, type Tail } from "../lake/mod.ts";
import type { Store } from "../store/mod.ts";
import { PARTITIONING } from "./_columns.ts";
import { compileFit, type Fit } from "./_fit.ts";
import { samplesOf, unlessRefused } from "./_judge.ts";
import type { SeenByProducer } from "./_repeats.ts";
import { repeatsIn } from "./_seen.ts";
import { decidedSource } from "./_source.ts";
import { countOf, leaveOut, removeParts, type SealedPart, sealPart, type SealRange, type SpoolFile } from "./_spool.ts";
import { decideRest, offsetsIn } from "./_undecided.ts";
import { lagOf } from "./lag.ts";
import { type TopicSchema, topicSchema } from "./topic_schema.ts";

const MAX_BYTES = 128 * 1024 * 1024; // of frames, about a gigabyte of JSON: a reader is no place for more

/** What openTail is given. */
export interface TailOptions {
  /** The bus. */
  bus: Bus;
  /** The store that holds the lake: what producers have sent before stands there. */
  store: Store;
  /** Answers what the events of each topic must look like. */
  schemas: () => Promise<ReadonlyMap<string, TopicSchema>>;
}

/**
 * Opens the tail: the records that are on the bus and not yet in the lake, as rows of their table, by the same fit.
 *
 * @param options Bus and schemas.
 * @returns What openLake takes as `tail`.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { openTail } from "./tail.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * const store = await openStore({ kind: "directory", dir });
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await bus.createTopic("notes");
 * const tail = openTail({ bus, store, schemas: () => Promise.resolve(new Map()) });
 * console.assert((await tail.ends("notes"))?.ends[0] === 0);
 * ```
 */
export function openTail({ bus, store, schemas }: TailOptions): Tail {
  return {
    async ends(topic) {
      const info = (await bus.topics()).find((each) => each.topic === topic);
      if (!info) return null;
      const positions = await bus.positions(topic);
      return {
        incarnation: info.incarnation,
        ends: Object.fromEntries(positions.map(({ partition, high }) => [partition, high])),
      };
    },
    async load(connection, topic, from, to, { dir }) {
      const fit = compileFit(topicSchema(await schemas(), topic));
      const parts: SealedPart[] = [];
      try {
        for (const [partition, end] of Object.entries(to)) {
          const range = { topic, partition: Number(partition), from: from[partition] ?? 0, to: end };
          for await (const part of partsOf(bus, range, dir)) parts.push(part);
        }
        const files = bus.dedupes
          ? parts.flatMap((part) => part.files)
          : await withoutRepeats(connection, store, topic, parts);
        return await loadRows(connection, fit, topic, files, dir);
      } catch (cause) {
        throw cause instanceof TruncatedError ? await explained(bus, store, topic, cause) : cause;
      } finally {
        await removeParts(parts);
      }
    },
  };
}

async function* partsOf(bus: Bus, range: Omit<SealRange, "maxBytes">, dir: string): AsyncGenerator<SealedPart> {
  const { topic, partition, to } = range;
  let { from } = range, bytes = 0;
  do {
    const part = await sealPart(bus, { ...range, from, maxBytes: MAX_BYTES - bytes }, dir);
    yield part;
    from = part.to;
    bytes += part.bytes;
    if (from < to && bytes >= MAX_BYTES) {
      throw new Error(
        `Cannot read table "${topic}" as at most ${MAX_BYTES} bytes per partition may be on the bus only: ` +
          `partition ${partition} has more from offset ${range.from} to ${to}; run "boathouse lake ingest"`,
      );
    }
  } while (from < to);
}

/** What the bus dropped is in a later version of the table, or lost: only the first is worth another try. */
async function explained(bus: Bus, store: Store, topic: string, cause: TruncatedError): Promise<Error> {
  const info = (await bus.topics()).find((each) => each.topic === topic);
  const lags = info ? await lagOf(bus, store, info) : [];
  const stopped = lags.flatMap(({ stopped }) => stopped === null ? [] : [stopped]);
  if (stopped.length === 0) return cause;
  return new Error(`Cannot read table "${topic}" with what is on the bus only as ${stopped.join("; ")}`, { cause });
}

/** What ingest will leave out is left out here as well, so that a row is seen once before and after. */
async function withoutRepeats(
  connection: SqlConnection,
  store: Store,
  topic: string,
  parts: readonly SealedPart[],
): Promise<SpoolFile[]> {
  const source = { connection, store, root: `tables/${topic}`, read: await readSnapshot(store, topic) };
  const known = new Map<number, SeenByProducer | null>();
  const files: SpoolFile[] = [];
  for (const part of parts) {
    const { repeats, seen } = await repeatsIn(source, part, known.get(part.partition) ?? null);
    known.set(part.partition, seen);
    files.push(...part.files.map((file) => repeats.length === 0 ? file : leaveOut(file, repeats)));
  }
  return files;
}

/** The connection's optimizer is not ours: the rows are judged in one step, and chosen in the next. */
async function loadRows(
  connection: SqlConnection,
  fit: Fit,
  topic: string,
  files: readonly SpoolFile[],
  dir: string,
): Promise<string> {
  const fields = [...fit.fields, ...PARTITIONING];
  const names = fields.map(({ name }) => quoteName(name)).join(", ");
  const name = `tail_${crypto.randomUUID().replaceAll("-", "")}`;
  const insert = (select: string) => connection.run(`INSERT INTO ${name} SELECT ${names} FROM (${select})`);
  await connection.run(
    `CREATE TEMP TABLE ${name} (${
      fields.map((field) => `${quoteName(field.name)} ${sqlType(field.type)}`).join(", ")
    })`,
  );
  try {
    if (files.length === 0) return name;
    const judged = fit.judged(files, await samplesOf(files));
    await unlessRefused(() => insert(judged));
    await connection.run(`DELETE FROM ${name} WHERE "fit" IS NOT TRUE`);
    const known = await offsetsIn(connection, name, files);
    const { path, rows, rejected } = await decideRest(fit, files, known, dir);
    if (rows + rejected.size > 0) await insert(fit.decided(decidedSource(path)));
    await Deno.remove(path);
    await checkCount(connection, topic, name, files);
    return name;
  } catch (cause) {
    await connection.run(`DROP TABLE ${name}`);
    throw cause;
  }
}

async function checkCount(connection: SqlConnection, topic: string, name: string, files: readonly SpoolFile[]) {
  const expected = files.reduce((sum, file) => sum + countOf(file), 0);
  const [[found]] = (await connection.runAndReadAll(`SELECT count(*)::DOUBLE FROM ${name}`)).getRows() as [[number]];
  if (found !== expected) {
    throw new Error(`Cannot read table "${topic}" as ${expected} records of the bus must become rows: got ${found}`);
  }
}
