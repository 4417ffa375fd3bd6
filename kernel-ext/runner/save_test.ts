import { expect, test } from "vitest";
import { openSave } from "./save.ts";

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

test("openSave() replaces a file as a whole, and makes its folder", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/deep/er/a.ipynb`;
  for (const text of ["first", "second é"]) {
    await using pending = await openSave(path);
    await pending.save(text);
    expect(await Deno.readTextFile(path)).toBe(text);
  }
  expect(namesIn(`${folder}/deep/er`)).toEqual(["a.ipynb"]);
});

test("openSave() leaves what was there, and nothing else, where nothing is saved", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a.ipynb`, "old");
  {
    await using _pending = await openSave(`${folder}/a.ipynb`);
    expect(namesIn(folder)).toHaveLength(2);
  }
  expect(namesIn(folder)).toEqual(["a.ipynb"]);
  expect(await Deno.readTextFile(`${folder}/a.ipynb`)).toBe("old");
});

test("openSave() refuses a folder that cannot be written to", async () => {
  const file = await Deno.makeTempFile();
  await expect(openSave(`${file}/a.ipynb`)).rejects.toThrow(Error);
  await expect(openSave(`${file}/a.ipynb`)).rejects.toThrow(
    `Cannot save notebook "${file}/a.ipynb" as its folder must be writable: `,
  );
});

test("openSave() saves beside a file that others have changed, made or removed meanwhile, and overwrites nothing", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.ipynb`;
  const change = async (before: string | null, after: string | null): Promise<string> => {
    if (before !== null) await Deno.writeTextFile(path, before);
    await using pending = await openSave(path);
    if (after === null) await Deno.remove(path);
    else await Deno.writeTextFile(path, after);
    return await pending.save("mine");
  };
  expect(await change(null, "made")).toBe(`${folder}/a.run.ipynb`);
  expect(await change("old", "newer")).toBe(`${folder}/a.run-2.ipynb`);
  expect(await Deno.readTextFile(path)).toBe("newer");
  expect(await change("old", null)).toBe(`${folder}/a.run-3.ipynb`);
  expect(await change("same", "same")).toBe(path);
  expect(namesIn(folder)).toEqual(["a.ipynb", "a.run-2.ipynb", "a.run-3.ipynb", "a.run.ipynb"]);
  for (const name of namesIn(folder)) expect(await Deno.readTextFile(`${folder}/${name}`)).toBe("mine");
});
