import { openWorkbench } from "../../lib/workbench/mod.ts";
import { type TestBench, testBench } from "./_test_bench.ts";

/** Hash of the version that is promoted. */
export const PROMOTED = "0123456789ab".padEnd(64, "c");

/** A repository of a test. */
interface Repository {
  dir: string;
  write(path: string, text: string): Promise<unknown>;
  commit(): Promise<unknown>;
}

/** A workbench in a repository, in which the function `late` changed since `HEAD~1`; by what boathouse.yaml says. */
export async function reviewedBench(repo: Repository, yaml: string): Promise<TestBench> {
  const bench = await testBench({ dir: repo.dir, yaml });
  const source = (minutes: number) =>
    `import { defineFunction, z } from "boathouse";\nexport const late = defineFunction({ input: z.object({}), ` +
    `output: z.object({ minutes: z.number() }), run: () => ({ minutes: ${minutes} }) });`;
  for (const minutes of [4, 5]) {
    const cell = { cell_type: "code", id: "serve", metadata: {}, source: source(minutes), outputs: [] };
    const cells = [{ ...cell, execution_count: null }];
    await repo.write("serve.ipynb", JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }));
    await repo.commit();
  }
  return bench;
}

/** Promotes a version of `late` on the control topic of a workbench. */
export async function promoteLate(root: string): Promise<void> {
  await using workbench = openWorkbench(root);
  const control = await workbench.control();
  const spec = PROMOTED;
  await control.append({ op: "promote", target: "late", expected: null, rule: 1, spec, by: "ann", why: "it is new" });
}
