import type { Bus } from "../bus/mod.ts";
import {
  filesDigest,
  type InputRead,
  quoteName,
  quoteText,
  readHistory,
  readSnapshot,
  type Row,
  type Store,
} from "../lake/mod.ts";
import type { DerivedTableInput, InputNow, RawTableInput } from "../notebook/mod.ts";

/** The lake and its bus, as questions need them. */
export interface LakeAsked {
  store: Store;
  bus: Bus;
  /** Runs a SELECT over one table, and tells what it has read. */
  query(text: string, signal: AbortSignal): Promise<{ rows: Row[]; read: InputRead }>;
}

/** Of a topic's table: where it ends now, its rows, and the bus times by which it is behind. */
export async function askRaw(
  { store, bus, query }: LakeAsked,
  name: string,
  was: RawTableInput,
  signal: AbortSignal,
): Promise<InputNow> {
  const table = tableOf(name), topic = table.replace(/_dlq$/, "");
  const info = (await bus.topics()).find((one) => one.topic === topic);
  if (info && info.incarnation !== was.incarnation) {
    return { ...was, incarnation: info.incarnation, readMs: null, newestMs: null };
  }
  if (!info && await readSnapshot(store, topic) === null) return deleted(table);
  const view = quoteName(name);
  const { read } = await query(`SELECT 1 FROM ${view} WHERE "_offset" < 0`, signal);
  if (!("ends" in read)) return asDerived(read);
  const newest = (ends: Record<string, number>) => newestMs(query, view, ends, signal);
  const { name: _, ...now } = read;
  return { ...now, readMs: await newest(was.ends), newestMs: await newest(now.ends) };
}

/** Bus time never decreases within a partition, so that its last record tells; the other files are not read for it. */
async function newestMs(
  query: LakeAsked["query"],
  view: string,
  ends: Record<string, number>,
  signal: AbortSignal,
): Promise<number | null> {
  const parts = Object.entries(ends).filter(([, end]) => end > 0).map(([part, end]) => [Number(part), Number(end)]);
  if (parts.length === 0) return null;
  const select = async (rule: (part: number, end: number) => string) => {
    const where = parts.map(([part, end]) => `("_partition" = ${part} AND ${rule(part!, end!)})`).join(" OR ");
    const found = `count(DISTINCT "_partition") AS parts, epoch_ms(max("_bus_time")) AS ms`;
    const { rows: [row] } = await query(`SELECT ${found} FROM ${view} WHERE ${where}`, signal);
    return row as { parts: number; ms: number | null };
  };
  const last = await select((_, end) => `"_offset" = ${end - 1}`);
  // Offsets may be sparse, and a record that does not fit or came twice is no row.
  return last.parts === parts.length ? last.ms : (await select((_, end) => `"_offset" < ${end}`)).ms;
}

/** Of a table that was written: its newest version, and whether the one that was read is as it was. */
export async function askDerived({ store }: LakeAsked, name: string, was: DerivedTableInput): Promise<InputNow> {
  const table = tableOf(name);
  const now = await readSnapshot(store, table);
  if (now === null) return deleted(table);
  const { id, version, files } = now;
  const then = version === was.version ? now : await unlessGone(() => readSnapshot(store, table, was.version));
  return {
    table: id,
    version,
    digest: filesDigest(files),
    readDigest: then && filesDigest(then.files),
    sameRows: await onlyLaidOutAnew(store, table, was.version, version),
  };
}

/** Of a table of another program. */
export async function askForeign(
  { query }: LakeAsked,
  name: string,
  was: DerivedTableInput,
  signal: AbortSignal,
): Promise<InputNow> {
  const from = `delta(${quoteText(name.replace(/^delta:/, "").replace(AT, ""))})`;
  const { read } = await query(`SELECT 1 FROM ${from} LIMIT 0`, signal);
  const then = await unlessGone(() => query(`SELECT 1 FROM ${from} AT (VERSION => ${was.version}) LIMIT 0`, signal));
  return { ...asDerived(read), ...then && "version" in then.read ? { readDigest: then.read.digest } : {} };
}

function asDerived(read: InputRead): InputNow {
  const { name: _, ...now } = read;
  return "model" in now || "ends" in now ? now as InputNow : { ...now, readDigest: null };
}

async function onlyLaidOutAnew(store: Store, table: string, from: number, to: number): Promise<boolean> {
  if (to <= from) return false;
  const commits = (await readHistory(store, table, { limit: to - from })).filter(({ version }) => version > from);
  return commits.length === to - from && commits.every(({ operation }) => operation === "OPTIMIZE");
}

async function unlessGone<T>(read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RangeError) return null; // the log was cleaned, or began anew
    throw error;
  }
}

function deleted(table: string): InputNow {
  return { unknown: `it was deleted: the lake has no table "${table}" any more` };
}

/** The name of a table without the version or time in it. */
function tableOf(name: string): string {
  return name.replace(AT, "").toLowerCase();
}

const AT = /@[^@/]*$/;
