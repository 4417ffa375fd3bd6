import { expect, test } from "vitest";
import { tempRepository } from "../../_tools/temp_repository.ts";
import { testBench } from "./_test_bench.ts";

const notebook = (minutes: number) => {
  const data = {
    "application/vnd.dataresource+json": { schema: { fields: [{ name: "late" }] }, data: [{ late: minutes }] },
  };
  const output = { output_type: "display_data", data, metadata: {} };
  const cell = {
    cell_type: "code",
    id: "a",
    metadata: {},
    source: "late()",
    outputs: [output],
    execution_count: minutes,
  };
  return JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
};

test("boathouse notebook git-setup lets git diff and git difftool understand notebooks, and takes it back", async () => {
  await using repo = await tempRepository();
  await repo.write("it's a.ipynb", notebook(4));
  await repo.commit();
  await repo.write("it's a.ipynb", notebook(6));
  await repo.write(".git/info/attributes", "*.txt text\n");
  const before = [await repo.git("config", "--local", "--list"), await repo.git("diff")];
  const bench = await testBench({ dir: repo.dir });
  for (const _twice of [1, 2]) {
    const { code, lines } = await bench.run(["notebook", "git-setup"]);
    expect([code, lines.filter((line) => !line.includes("npx"))]).toEqual([0, []]);
  }
  expect(await Deno.readTextFile(`${repo.dir}/.git/info/attributes`)).toBe("*.txt text\n*.ipynb diff=boathouse\n");
  const diff = await repo.git("diff");
  expect(diff.split("\n").filter((line) => /^[-+] ?[^-+]/.test(line))).toEqual(["-late 4", "+late 6"]);
  const tool = await repo.git("difftool", "--no-prompt", "--tool", "boathouse");
  expect(tool).toContain("late 4 → 6 (+2, +50 %)");
  expect((await bench.run(["notebook", "git-setup", "--undo"])).code).toBe(0);
  expect((await bench.run(["notebook", "git-setup", "--undo"])).code).toBe(0);
  expect([await repo.git("config", "--local", "--list"), await repo.git("diff")]).toEqual(before);
  expect(await Deno.readTextFile(`${repo.dir}/.git/info/attributes`)).toBe("*.txt text\n");
});

test("boathouse notebook text gives what is no notebook as it stands, as git would show nothing else", async () => {
  await using repo = await tempRepository();
  const conflict = `{\n<<<<<<< HEAD\n "cells": []\n`;
  await repo.write("a.ipynb", conflict);
  const bench = await testBench({ dir: repo.dir });
  const { code, out, lines } = await bench.run(["notebook", "text", "a.ipynb"]);
  expect([code, out]).toEqual([0, conflict]);
  expect(lines).toEqual([
    `Cannot read notebook "a.ipynb" as its text must be JSON: conflict mark of a merge at line 2; resolve the merge`,
  ]);
});
