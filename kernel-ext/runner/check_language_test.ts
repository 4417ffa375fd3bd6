import { expect, test } from "vitest";
import { makeRuns } from "./_temp_runs.ts";
import { checkLanguage } from "./check_language.ts";

const python = { display_name: "Python 3 (ipykernel)", language: "python", name: "python3" };

test("checkLanguage() refuses other languages by what the notebook says, the kernelspec first", () => {
  const table: [metadata: Record<string, unknown>, found: string | null][] = [
    [{}, null],
    [{ kernelspec: { name: "deno", display_name: "Deno", language: "typescript" } }, null],
    [{ kernelspec: { name: "boathouse", display_name: "Boathouse", language: "typescript" } }, null],
    [{ kernelspec: { name: "deno" } }, null],
    [{ kernelspec: { name: "narrow" } }, null],
    [{ kernelspec: { name: "narrow" }, language_info: { name: "typescript" } }, null],
    [{ kernelspec: { name: "tslab", language: "TypeScript" } }, null],
    [{ kernelspec: { name: "jslab", language: "javascript" } }, null],
    [{ kernelspec: { name: "boathouse" }, language_info: { name: "python" } }, null],
    [{ kernelspec: { name: "x", language: "typescript" }, language_info: { name: "python" } }, null],
    [{ kernelspec: null, language_info: 5 }, null],
    [{ kernelspec: { name: 5, language: [] } }, null],
    [{ kernelspec: python, language_info: { name: "python" } }, 'kernelspec "python3" is for Python'],
    [{ kernelspec: python, language_info: { name: "typescript" } }, `kernelspec "python3" is for Python`],
    [{ kernelspec: { name: "python3" } }, `kernelspec "python3" is for Python`],
    [{ kernelspec: { language: "python" } }, "kernelspec is for Python"],
    [{ language_info: { name: "python" } }, "language_info is for Python"],
    [{ kernelspec: { name: "venv" }, language_info: { name: "python" } }, "language_info is for Python"],
    [{ kernelspec: { name: "ir" } }, `kernelspec "ir" is for R`],
    [{ kernelspec: { name: "julia-1.11", language: "julia" } }, `kernelspec "julia-1.11" is for Julia`],
    [{ kernelspec: { name: "a\u001b[31m", language: "c++" } }, String.raw`kernelspec "a\u001b[31m" is for "c++"`],
  ];
  for (const [metadata, found] of table) {
    const check = () => checkLanguage({ metadata }, "x.ipynb");
    if (found === null) expect(check, JSON.stringify(metadata)).not.toThrow();
    else {
      expect(check, JSON.stringify(metadata)).toThrow(TypeError);
      expect(check).toThrow(
        `Cannot run "x.ipynb" as its language must be TypeScript: its ${found}; run it with Jupyter`,
      );
    }
  }
});

test("runNotebook() refuses a Python notebook before anything runs, and leaves its file as it is", async () => {
  await using runs = await makeRuns();
  const file = await runs.write("python", `Deno.writeTextFileSync("ran", "")`, "import os");
  const text = JSON.stringify({ ...JSON.parse(await Deno.readTextFile(file)), metadata: { kernelspec: python } });
  await Deno.writeTextFile(file, text);
  await expect(runs.run(file, { out: file })).rejects.toThrow(`its kernelspec "python3" is for Python`);
  expect(await Deno.readTextFile(file)).toBe(text);
  expect([...Deno.readDirSync(`${runs.root}/notebooks`)].map(({ name }) => name)).toEqual(["python.ipynb"]);
});
