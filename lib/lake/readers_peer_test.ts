import { join } from "node:path";
import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { installSpark, runSpark } from "../../_tools/peers/spark.ts";
import { canonicalRows, type CanonicalTable, readCanonical } from "./testdata/canonical.ts";
import { type CorpusTable, writeCorpus } from "./testdata/corpus.ts";
import { freshStore } from "./testdata/delta.ts";

const PACKAGES = ["deltalake==1.6.6", "pyarrow==22.0.0"];
const LIMIT_MS = 600_000;

interface ReaderAnswer extends CanonicalTable {
  /** Versions with their operations, newest first; null for an older version. */
  history: [number, string][] | null;
}

function source(name: string): Promise<string> {
  return Deno.readTextFile(join(import.meta.dirname!, "testdata", name));
}

function answersOf(text: string): ReaderAnswer[] {
  const answers = JSON.parse(text) as ReaderAnswer[];
  return answers.map((answer) => ({ ...answer, rows: canonicalRows(answer.rows) }));
}

/** What is asked of the readers: every version of every table. */
function asked(tables: readonly CorpusTable[], dir: string) {
  return tables.flatMap(({ name, versions }) =>
    versions.map((version) => ({ folder: `${dir}/tables/${name}`, ...(version === undefined ? {} : { version }) }))
  );
}

test("delta-rs and Spark read every table that we write: rows, schema, history, older versions", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("deltalake", PACKAGES));
  const spark = await requirePeer(context, installSpark);
  const { store, dir } = await freshStore();
  const tables = await writeCorpus(store, dir);
  expect((await readCanonical(store, "every_type")).rows[0]).toMatch(/^\["1","9007199254740993","1","2",/);
  const questions = JSON.stringify(asked(tables, dir));
  const shared = await source("canonical.py");
  const read = { "delta-rs": await runPython(python, `${shared}\n${await source("read_delta_rs.py")}`, [questions]) };
  const program = `${shared}\n${await source(
    "read_spark.py",
  )}\nprint(json.dumps([read(**asked) for asked in json.loads(sys.argv[1])]))`;
  const readers = { ...read, Spark: await runSpark(spark, program, [questions]) };
  for (const [reader, text] of Object.entries(readers)) {
    const answers = answersOf(text);
    let at = 0;
    for (const { name, versions, history } of tables) {
      for (const version of versions) {
        const { history: told, ...table } = answers[at++]!;
        const place = `${reader}: ${name} at ${version ?? "the newest version"}`;
        expect(table, place).toEqual(await readCanonical(store, name, version));
        if (told) expect(told.map(([, operation]) => operation).reverse(), place).toEqual(history);
      }
    }
    expect(at).toBe(answers.length);
  }
}, LIMIT_MS);
