import { expect, test } from "vitest";
import { tempRepository } from "../../_tools/temp_repository.ts";
import { loadSide } from "./_load_side.ts";
import { notebookSides } from "./_notebook_sides.ts";
import { testBench } from "./_test_bench.ts";

const notebook = (...sources: string[]) => {
  const cells = sources.map((source, index) => ({ cell_type: "markdown", id: `c${index}`, metadata: {}, source }));
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
};

const FILE = 'notebooks/a b/it\'s "new".ipynb';

/** A repository with one notebook in three versions: committed twice, then edited. */
async function threeVersions() {
  const repo = await tempRepository();
  await repo.write(FILE, notebook("# Why?", "one"));
  const first = await repo.commit();
  await repo.write(FILE, notebook("# Why?", "two"));
  const second = await repo.commit();
  await repo.write(FILE, notebook("# Why?", "three"));
  return { repo, first, second, [Symbol.asyncDispose]: () => repo[Symbol.asyncDispose]() };
}

const last = async (words: string[], folder: string) => {
  const sides = await notebookSides(words, folder);
  return await Promise.all(sides.map(async (side) => {
    const { state, notebook } = await loadSide(side);
    return notebook?.cells.at(-1)?.source ?? state;
  }));
};

test("notebookSides() finds what each form of words names", async () => {
  await using given = await threeVersions();
  const { repo, first, second } = given;
  const forms: [string[], [string, string]][] = [
    [[FILE], ["two", "three"]],
    [[`${repo.dir}/${FILE}`], ["two", "three"]],
    [["HEAD~1", FILE], ["one", "three"]],
    [[`${first}..${second}`, FILE], ["one", "two"]],
    [["HEAD~1...HEAD", FILE], ["one", "two"]],
    [["HEAD~1..", FILE], ["one", "two"]],
    [[`HEAD~1:${FILE}`, FILE], ["one", "three"]],
    [[`HEAD:./${FILE}`, `HEAD~1:${FILE}`], ["two", "one"]],
    [[FILE, FILE], ["three", "three"]],
    [["/dev/null", FILE], ["absent", "three"]],
    [[FILE, "gone.ipynb"], ["three", "absent"]],
    [["HEAD", "gone/too.ipynb"], ["absent", "absent"]],
  ];
  for (const [words, found] of forms) expect([words, await last(words, repo.dir)]).toEqual([words, found]);
  expect(await last(["HEAD~1:../" + FILE, `../${FILE}`], `${repo.dir}/notebooks`)).toEqual(["one", "three"]);
});

test("notebookSides() follows a notebook that was renamed, from its old name and from its new one", async () => {
  await using given = await threeVersions();
  const { repo } = given;
  const text = "a text that is long enough to be known again, whatever else changes in the notebook\n".repeat(5);
  await repo.write("notebooks/old.ipynb", notebook(text, "one"));
  await repo.commit();
  await repo.git("mv", "notebooks/old.ipynb", "notebooks/new name.ipynb");
  await repo.write("notebooks/new name.ipynb", notebook(text, "two"));
  await repo.commit();
  const [old, recent] = ["notebooks/old.ipynb", "notebooks/new name.ipynb"];
  for (const words of [["HEAD~1..HEAD", recent], ["HEAD~1..HEAD", old], ["HEAD~1", recent], ["HEAD~1", old]]) {
    expect([words, await last(words, repo.dir)]).toEqual([words, ["one", "two"]]);
  }
  expect(await last(["HEAD..HEAD~1", "new name.ipynb"], `${repo.dir}/notebooks`)).toEqual(["two", "one"]);
  expect(await last(["HEAD~1..HEAD", FILE], repo.dir)).toEqual(["three", "three"]);
  const bench = await testBench({ dir: `${repo.dir}/notebooks` });
  const { out } = await bench.run(["notebook", "diff", "HEAD~1..HEAD", "new name.ipynb"]);
  expect(out).toMatch(/^HEAD~1:notebooks\/old\.ipynb → HEAD:new name\.ipynb: renamed\n/);
  expect(await bench.json("notebook", "diff", "HEAD~1", "old.ipynb")).toMatchObject({
    renamed: true,
    old: { name: "HEAD~1:old.ipynb" },
    new: { name: "new name.ipynb" },
  });
});

test("notebookSides() reads through a link to the folder, and a revision of a file that is gone", async () => {
  await using given = await threeVersions();
  const { repo } = given;
  const link = `${repo.dir}-link`;
  await Deno.symlink(repo.dir, link);
  await Deno.remove(`${repo.dir}/notebooks`, { recursive: true });
  expect(await last(["HEAD", FILE], link)).toEqual(["two", "absent"]);
  await Deno.remove(link);
});

test.each<[string[], string]>([
  [["nope", FILE], `Cannot find revision "nope": git knows no commit of that name; git fetch it`],
  [["nope..HEAD", FILE], `Cannot find revision "nope": git knows no commit of that name; git fetch it`],
  [["HEAD..--output=x", FILE], `Cannot find revision "--output=x": it is no name of one`],
  [["--output=x", FILE], `Cannot find revision "--output=x": it is no name of one`],
  [[`--output=x:${FILE}`, FILE], `Cannot find revision "--output=x": it is no name of one`],
  [["HEAD", "../../x.ipynb"], "Cannot read revisions in "],
  [["HEAD:../x.ipynb", FILE], "at a revision as it must lie in the repository"],
])("notebookSides() refuses %j", async (words, why) => {
  await using given = await threeVersions();
  await expect(notebookSides(words, given.repo.dir)).rejects.toThrow(RangeError);
  await expect(notebookSides(words, given.repo.dir)).rejects.toThrow(why);
});

test.each<[string, string | Uint8Array, string]>([
  ["no text", new Uint8Array([0x89, 0x50, 0xff, 0]), "as its text must be JSON"],
  ["a truncated text", notebook("a").slice(0, 40), "it ends within a value at line 1; restore the file"],
  ["ids that come twice", notebook("a", "b").replace("c1", "c0"), `cells 1 and 2 are both "c0"`],
  ["a version that is not known", notebook("a").replace(`"nbformat":4`, `"nbformat":5`), "nbformat must be 3 or 4.0"],
])("loadSide() names a side with %s", async (_what, content, why) => {
  await using given = await threeVersions();
  await given.repo.write("broken.ipynb", content);
  const side = await loadSide((await notebookSides([FILE, "broken.ipynb"], given.repo.dir))[1]);
  expect([side.state, side.notebook, side.problem.includes(why)]).toEqual(["broken", null, true]);
});

test("loadSide() reads nbformat 4.4, whose ids follow from the text", async () => {
  await using given = await threeVersions();
  const old = notebook("# Why?", "three").replaceAll(/"id":"c\d",/g, "").replace(
    `"nbformat_minor":5`,
    `"nbformat_minor":4`,
  );
  await given.repo.write("old.ipynb", old);
  expect(await last(["old.ipynb", FILE], given.repo.dir)).toEqual(["three", "three"]);
});

test("boathouse notebook diff prints text or one document, and ends with 1 on request or where a side is broken", async () => {
  await using given = await threeVersions();
  const { repo } = given;
  const bench = await testBench({ dir: repo.dir });
  const asked = await bench.run(["notebook", "diff", "--exit-code", FILE]);
  expect([asked.code, asked.lines]).toEqual([1, []]);
  expect(asked.out).toBe(
    [`HEAD:${FILE} → ${FILE}`, "", "Cells", "  … 1 unchanged cell", "  ~ 2 c1 (markdown): +1 −1 lines", "    - two"]
      .join("\n") + "\n    + three\n",
  );
  expect(await bench.json("notebook", "diff", "HEAD~1", FILE)).toMatchObject({
    old: { name: `HEAD~1:${FILE}`, state: "there" },
    new: { name: FILE, state: "there" },
    equal: false,
    question: "Why?",
    unchanged: 1,
    cells: [{ state: "unchanged", count: 1 }, { state: "kept", id: "c1", source: { added: 1, removed: 1 } }],
  });
  await repo.write("broken.ipynb", "{");
  const page = await bench.run(["notebook", "diff", FILE, "--html", "diff.html"]);
  expect([page.code, (await Deno.readTextFile(`${repo.dir}/diff.html`)).startsWith("<!DOCTYPE html>")]).toEqual([
    0,
    true,
  ]);
  const broken = await bench.run(["notebook", "diff", FILE, "broken.ipynb"]);
  expect([broken.code, broken.out.includes("as its text must be JSON"), broken.out.includes("- # Why?")]).toEqual([
    1,
    true,
    true,
  ]);
  const shown = (text: string) => JSON.stringify({ output_type: "stream", name: "stdout", text });
  const code = (text: string) =>
    notebook("x").replace(
      `"cell_type":"markdown"`,
      `"cell_type":"code","execution_count":1,"outputs":[${shown(text)}]`,
    );
  await repo.write("a.ipynb", code("1"));
  await repo.write("b.ipynb", code("2"));
  const outputs = await bench.run(["notebook", "diff", "a.ipynb", "b.ipynb"]);
  const sources = await bench.run(["notebook", "diff", "--no-outputs", "a.ipynb", "b.ipynb"]);
  expect([outputs.out.includes("stream stdout changed"), sources.out]).toEqual([
    true,
    "a.ipynb → b.ipynb\n\nno differences\n",
  ]);
  const nothing = await bench.run(["notebook", "diff", "none.ipynb"]);
  expect([nothing.code, nothing.lines]).toEqual([1, [
    'boathouse: Cannot compare two notebooks as one side must be there: "HEAD:none.ipynb" is not there; "none.ipynb" is not there',
  ]]);
});
