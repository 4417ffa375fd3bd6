import { expect, test } from "vitest";
import { callVerb } from "./_test_call.ts";
import { notebookList } from "./notebook_list.ts";

const cell = (source: string) => ({ cell_type: "markdown", id: "a", metadata: {}, source });
const notebook = (source: string) =>
  JSON.stringify({ cells: [cell(source)], metadata: {}, nbformat: 4, nbformat_minor: 5 });

async function makeWorkbench(files: Record<string, string>): Promise<string> {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/notebooks`);
  await Deno.writeTextFile(`${root}/deno.json`, "{}");
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${root}/notebooks/${name}`, text);
  return root;
}

test("notebook list shows a card for each notebook, and what cannot be read", async () => {
  const root = await makeWorkbench({ "a.ipynb": notebook("# Why are rides late?"), "b.ipynb": "{" });
  const { text, json } = await callVerb(notebookList, root);
  expect(text).toContain(
    "notebooks/a.ipynb  (no product)\n  Why are rides late?\n  code never run · inputs none · proven",
  );
  expect(text).toContain(`notebooks/b.ipynb\n  ! Cannot read notebook "notebooks/b.ipynb"`);
  expect(text).toMatch(/2 notebooks, 1 cannot be read$/);
  expect(json).toMatchObject([{ question: "Why are rides late?" }, { question: null }]);
});

test("notebook list --search says so where nothing matches", async () => {
  const root = await makeWorkbench({ "a.ipynb": notebook("# Why are rides late?") });
  expect((await callVerb(notebookList, root, [], { search: "zebra" })).text).toBe(`no notebook has "zebra"`);
  const { json } = await callVerb(notebookList, root, [], { search: "late" });
  expect(json).toMatchObject([{ file: "notebooks/a.ipynb", score: expect.any(Number) }]);
});

test("notebook list --lineage gives JSON or mermaid", async () => {
  const root = await makeWorkbench({ "a.ipynb": notebook("# Why?") });
  expect((await callVerb(notebookList, root, [], { lineage: "mermaid" })).text).toBe(`flowchart LR\n  n0["a.ipynb"]`);
  const { text, json } = await callVerb(notebookList, root, [], { lineage: "json" });
  expect(JSON.parse(text)).toEqual(json);
});
