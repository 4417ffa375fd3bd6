import { join } from "node:path";
import type { InputRead, Lake } from "../../lib/lake/mod.ts";
import type { Models } from "../../lib/models/mod.ts";
import { stampProvenance, writeNotebook } from "../../lib/notebook/mod.ts";
import { openWorkbench } from "../../lib/workbench/mod.ts";
import { publish, testFolder } from "./_test_lake.ts";

/** A workbench with a lake, and a notebook whose record says what was really read from it. */
export interface RecordedBench extends AsyncDisposable {
  /** Folder of the workbench. */
  dir: string;
  /** The notebook. */
  file: string;
  /** Publishes records of a topic. */
  publish(topic: string, ...values: unknown[]): Promise<void>;
  /** Works on lake and models, as a notebook or another program does. */
  use(work: (lake: Lake, models: Models) => Promise<unknown>): Promise<void>;
  /** The same, and records what is read as the run of the notebook's only cell. */
  record(read: (lake: Lake, models: Models) => Promise<unknown>): Promise<void>;
  /** Moves what the bus has into the lake. */
  ingest(): Promise<void>;
}

const CELL = { cell_type: "code" as const, id: "a", metadata: {}, source: "1", outputs: [], execution_count: null };

/** Makes the workbench; its product warns and fails by `freshness`. */
export async function recordedBench({ freshness = "{ warn: 7d, fail: 30d }" } = {}): Promise<RecordedBench> {
  const folder = await testFolder();
  const { dir } = folder;
  const file = join(dir, "notebooks/trains/a.ipynb");
  await Deno.mkdir(join(dir, "notebooks/trains"), { recursive: true });
  await Deno.writeTextFile(join(dir, "deno.json"), `{ "version": "0.1.0" }`);
  await Deno.writeTextFile(
    join(dir, "notebooks/trains/product.yaml"),
    `product: trains\nowner: rail\nbusinessCase: fewer waits\ntasks: [T-1]\nrepositories: [.]\nfreshness: ${freshness}\n`,
  );
  const use = async (work: (lake: Lake, models: Models) => Promise<unknown>): Promise<InputRead[]> => {
    const reads: InputRead[] = [];
    await using workbench = openWorkbench(dir, { recorder: { read: (input) => reads.push(input) } });
    await work(await workbench.lake(), await workbench.models());
    return reads;
  };
  return {
    dir,
    file,
    publish: (topic, ...values) => publish(dir, topic, values),
    use: async (work) => void await use(work),
    async record(read) {
      const inputs = await use(read);
      const notebook = { cells: [CELL], metadata: {}, nbformat: 4 as const, nbformat_minor: 5 as const };
      const cells = new Map([["a", { outputs: [], inputs, unproven: [] }]]);
      const stamped = await stampProvenance(notebook, { cells }, { root: dir, from: join(dir, "notebooks/trains") });
      await Deno.writeTextFile(file, writeNotebook(stamped));
    },
    async ingest() {
      await using workbench = openWorkbench(dir);
      await (await workbench.ingest()).flush();
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
