import { expect, test } from "vitest";
import { tempRepository } from "../../_tools/temp_repository.ts";
import { testBench } from "./_test_bench.ts";

const notebook = (source: string) => {
  const cells = [{ cell_type: "markdown", id: "intro", metadata: {}, source }];
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
};

test("boathouse review prints text, Markdown or one document, and writes a file", async () => {
  await using repo = await tempRepository();
  await repo.write("notebooks/a.ipynb", notebook("# Why?"));
  await repo.commit();
  await repo.git("tag", "base");
  await repo.write("notebooks/a.ipynb", notebook("# Why not?"));
  await repo.commit();
  const bench = await testBench({ dir: repo.dir });
  const text = await bench.run(["review", "base..HEAD"]);
  expect([text.code, text.lines, text.out]).toEqual([
    0,
    [],
    [
      "notebooks/a.ipynb changed",
      "Cells",
      "  ~ 1 intro (markdown): +1 −1 lines",
      "    - # Why?",
      "    + # Why not?\n",
    ].join("\n"),
  ]);
  const markdown = await bench.run(["review", "base..", "--markdown"]);
  expect([markdown.code, markdown.out.startsWith("## What this changes in notebooks\n\n**1 notebook**")]).toEqual([
    0,
    true,
  ]);
  expect(await bench.json("review", "base...HEAD")).toMatchObject({
    base: { revision: "base" },
    head: { revision: "HEAD" },
    notebooks: [{ file: "notebooks/a.ipynb", state: "changed" }],
  });
  const written = await bench.run(["review", "base..", "--out", "review.md"]);
  expect([written.code, written.out]).toEqual([0, ""]);
  expect(await Deno.readTextFile(`${repo.dir}/review.md`)).toBe(markdown.out);
});

test("boathouse review refuses what is no range in one line, and reads no option into it", async () => {
  await using repo = await tempRepository();
  await repo.commit();
  const bench = await testBench({ dir: repo.dir });
  const refusals: [string[], number, string][] = [
    [["nope..HEAD"], 1, `boathouse: Cannot find revision "nope": git knows no commit of that name; git fetch it`],
    [
      ["HEAD"],
      2,
      `boathouse: Cannot review "HEAD" as it must be BASE..HEAD: write "HEAD.." for what came since then; see boathouse --help`,
    ],
    [["--", "--output=x..HEAD"], 1, `boathouse: Cannot find revision "--output=x": it is no name of one`],
    [[".."], 2, `boathouse: Cannot review ".." as it must be BASE..HEAD, such as main..HEAD; see boathouse --help`],
  ];
  for (const [args, exit, why] of refusals) {
    const { code, lines } = await bench.run(["review", ...args]);
    expect([args, code, lines]).toEqual([args, exit, [why]]);
  }
});
