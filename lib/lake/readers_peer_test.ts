import { join } from "node:path";
import { afterAll, beforeAll, expect, test, type TestContext } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { installSpark, runSpark } from "../../_tools/peers/spark.ts";
import type { Store } from "../store/mod.ts";
import { readHistory } from "./history.ts";
import { canonicalRows, type CanonicalTable, readCanonical } from "./testdata/canonical.ts";
import { type CorpusTable, writeCorpus } from "./testdata/corpus.ts";
import { freshStore } from "./testdata/delta.ts";

const PACKAGES = ["deltalake==1.6.6", "pyarrow==22.0.0"];
const LIMIT_MS = 1_800_000; // some 60 statements of Spark: two minutes on an idle machine, many on a busy one

interface ReaderTable extends CanonicalTable {
  /** Versions with their operations, newest first; null for an older version. */
  history: [number, string][] | null;
  /** Why it could not be read by its own writer. */
  error?: string;
}

/** What a peer read of our tables, in the order asked, and what it wrote itself. */
interface Answer {
  /** What it printed before that. */
  printed: string;
  ours: ReaderTable[];
  theirs: Record<string, ReaderTable>;
}

let store: Store, dir: string, tables: CorpusTable[], questions: string;
const answers = new Map<string, Promise<Answer>>();

beforeAll(async () => {
  ({ store, dir } = await freshStore());
  tables = await writeCorpus(store, dir);
  const asked = tables.flatMap(({ name, versions }) =>
    versions.map((version) => ({ folder: `${dir}/tables/${name}`, ...(version === undefined ? {} : { version }) }))
  );
  questions = JSON.stringify(asked);
}, LIMIT_MS);

afterAll(() => Deno.remove(dir, { recursive: true }));

/** Runs a peer's programs, once for all tests of this file. */
function answerOf(peer: "delta_rs" | "spark"): Promise<Answer> {
  const known = answers.get(peer) ?? ask(peer);
  answers.set(peer, known);
  return known;
}

async function ask(peer: "delta_rs" | "spark"): Promise<Answer> {
  const files = ["canonical.py", `read_${peer}.py`, `write_${peer}.py`];
  const texts = files.map((name) => Deno.readTextFileSync(join(import.meta.dirname!, "testdata", name)));
  if (peer === "spark") texts.push(guideCode());
  texts.push(Deno.readTextFileSync(join(import.meta.dirname!, "testdata", "answer.py")));
  const args = [questions, `${dir}/tables`];
  const text = peer === "spark"
    ? await runSpark(await installSpark(), texts.join("\n"), args)
    : await runPython(await pythonEnv("deltalake", PACKAGES), `${texts.join("\n")}\nos._exit(0)`, args);
  const lines = text.trimEnd().split("\n"), answer = JSON.parse(lines.pop()!) as Omit<Answer, "printed">;
  return { ...answer, printed: lines.join("\n") };
}

/** What the guide shows of reading, on a table of the corpus. */
function guideCode(): string {
  const page = Deno.readTextFileSync(join(import.meta.dirname!, "../../docs/guide/spark.md"));
  const blocks = [...page.matchAll(/```python\n([^]*?)```/g)].slice(1).map(([, code]) => code);
  return blocks.join("").replaceAll("lake/tables/flights", `${dir}/tables/things`);
}

function peerAnswer(context: TestContext, peer: "delta_rs" | "spark"): Promise<Answer> {
  return requirePeer(context, () => answerOf(peer));
}

function canonical({ version, schema, rows }: ReaderTable): CanonicalTable {
  return { version, schema, rows: canonicalRows(rows) };
}

for (const peer of ["delta_rs", "spark"] as const) {
  test(`${peer} reads every table that we write: rows, schema, history, older versions`, async (context) => {
    const { ours } = await peerAnswer(context, peer);
    expect((await readCanonical(store, "every_type")).rows[0]).toMatch(/^\["1","9007199254740993","1","2",/);
    let at = 0;
    for (const { name, versions, history } of tables) {
      for (const version of versions) {
        const table = ours[at++]!, place = `${name} at ${version ?? "the newest version"}`;
        expect(canonical(table), place).toEqual(await readCanonical(store, name, version));
        if (table.history === null) continue;
        const told = await readHistory(store, name, { limit: 1000 });
        expect(table.history, place).toEqual(told.map(({ version, operation }) => [version, operation]));
        expect(table.history.map(([, operation]) => operation).reverse(), place).toEqual(history);
      }
    }
    expect(at).toBe(ours.length);
  }, LIMIT_MS);
}

/** What Boathouse lacks, by the table that needs it; every other table must be read. */
const LACKS: Readonly<Record<string, RegExp>> = {
  widened: /type ?widening/i,
};

for (const peer of ["delta_rs", "spark"] as const) {
  test(
    `we read the tables that ${peer} writes as it does itself, or refuse them by the feature's name`,
    async (context) => {
      const { theirs } = await peerAnswer(context, peer);
      for (const [name, table] of Object.entries(theirs)) {
        expect(table.error, name).toBeUndefined();
        const read = readCanonical(store, name);
        const lack = LACKS[name];
        if (lack === undefined) {
          expect(await read, name).toEqual(canonical(table));
          continue;
        }
        const error = await read.then(() => null, (cause: unknown) => cause);
        expect(error, name).toBeInstanceOf(RangeError);
        expect((error as Error).message, name).toMatch(lack);
      }
    },
    LIMIT_MS,
  );
}

test("what docs/guide/spark.md shows runs, on a table of ours", async (context) => {
  const { printed } = await peerAnswer(context, "spark");
  expect(printed).toContain("|/data/n must be i...|");
  expect(printed.match(/\|\s+\d\|\s+INGEST\|/g)).toHaveLength(2);
}, LIMIT_MS);
