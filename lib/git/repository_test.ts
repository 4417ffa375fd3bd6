import { expect, test } from "vitest";
import { openRepository, pathInRepository, treeReader } from "./mod.ts";
import { tempRepository } from "../../_tools/temp_repository.ts";

test("openRepository() refuses a folder outside of git", async () => {
  const dir = await Deno.makeTempDir();
  await expect(openRepository(dir)).rejects.toThrow(RangeError);
  await expect(openRepository(dir)).rejects.toThrow(
    `Cannot read revisions in "${dir}" as it must be in a git repository: not a git repository`,
  );
  await Deno.remove(dir);
});

test("Repository.commit() finds revisions and refuses what is none, options included", async () => {
  await using repo = await tempRepository();
  await repo.write("a", "1");
  const first = await repo.commit();
  const repository = await openRepository(`${repo.dir}/gone/too`);
  expect(await repository.commit("HEAD")).toBe(first);
  expect(await repository.commit(first.slice(0, 8))).toBe(first);
  for (const name of ["nope", "HEAD:a", "main..x", "HEAD~9"]) {
    await expect(repository.commit(name)).rejects.toThrow(
      new RangeError(`Cannot find revision "${name}": git knows no commit of that name; git fetch it`),
    );
  }
  for (const name of ["", "--help", "-h", "--output=x", "a\nb", "a\0b"]) {
    await expect(repository.commit(name)).rejects.toThrow(
      new RangeError(`Cannot find revision ${JSON.stringify(name)}: it is no name of one`),
    );
  }
});

test("Repository.tree() reads files of a commit under any name, whatever lies in the working tree", async () => {
  await using repo = await tempRepository();
  const names = ["a b/c'd.txt", 'q"uote', "new\nline", "täst/😀", "-option", "--", "x;y&z", "a:b"];
  for (const name of names) await repo.write(name, `text of ${name}`);
  const commit = await repo.commit();
  for (const name of names) await repo.write(name, "edited");
  const repository = await openRepository(repo.dir);
  const tree = await repository.tree(commit);
  expect([...tree.files.keys()].sort()).toEqual([...names].sort());
  const read = treeReader(repository.root, tree);
  for (const name of names) expect(read(`${repo.dir}/${name}`)).toBe(`text of ${name}`);
  expect([read(`${repo.dir}/none`), read(`${repo.dir}/../x`), read("/etc/passwd")]).toEqual([null, null, null]);
  expect(await repo.git("status", "--porcelain", "-z")).not.toBe("");
});

test("Repository.tree() follows links within the tree, and no further", async () => {
  await using repo = await tempRepository();
  await repo.write("a/real.ts", "here");
  await Deno.symlink("../a/real.ts", `${repo.dir}/a/link.ts`);
  await Deno.symlink("/etc/passwd", `${repo.dir}/out`);
  await Deno.symlink("round", `${repo.dir}/round`);
  const repository = await openRepository(repo.dir);
  const tree = await repository.tree(await repo.commit());
  const read = treeReader(repo.dir, tree);
  expect([read(`${repo.dir}/a/link.ts`), read(`${repo.dir}/out`), read(`${repo.dir}/round`)]).toEqual([
    "here",
    null,
    null,
  ]);
});

test("Repository.changes() tells new, gone, edited and renamed files", async () => {
  await using repo = await tempRepository();
  await repo.write("gone", "g");
  await repo.write("edited", "1");
  await repo.write("old name", "a long text\nof several lines\nthat is known again\n");
  const from = await repo.commit();
  await repo.git("rm", "--quiet", "gone");
  await repo.git("mv", "old name", "new\nname");
  await repo.write("edited", "2");
  await repo.write("new", "n");
  const repository = await openRepository(`${repo.dir}/sub`);
  const changes = [
    { old: "edited", new: "edited" },
    { old: "gone", new: null },
    { old: null, new: "new" },
    { old: "old name", new: "new\nname" },
  ];
  await repo.git("add", "--all");
  expect(await repository.changes(from, null)).toEqual(changes);
  expect(await repository.changes(from, await repo.commit())).toEqual(changes);
});

test("Repository.mergeBase() finds where two branches parted, null in a shallow clone", async () => {
  await using repo = await tempRepository();
  const base = await repo.commit("base");
  await repo.git("checkout", "--quiet", "-b", "other");
  const other = await repo.commit("other");
  await repo.git("checkout", "--quiet", "main");
  const main = await repo.commit("main");
  expect(await (await openRepository(repo.dir)).mergeBase(main, other)).toBe(base);
  await using clone = await tempRepository();
  await clone.git("fetch", "--quiet", "--depth=1", `file://${repo.dir}`, "main:one", "other:two");
  const shallow = await openRepository(clone.dir);
  expect(await shallow.isShallow()).toBe(true);
  expect(await shallow.mergeBase(main, other)).toBe(null);
  await expect(shallow.commit(base)).rejects.toThrow("this clone is shallow; git fetch --unshallow");
});

test("pathInRepository() refuses what lies outside", async () => {
  await using repo = await tempRepository();
  expect(pathInRepository(repo.dir, `${repo.dir}/a/../b/c.ipynb`)).toBe("b/c.ipynb");
  for (const path of [`${repo.dir}/../x.ipynb`, "/etc/passwd", repo.dir]) {
    expect(() => pathInRepository(repo.dir, path)).toThrow(
      new RangeError(
        `Cannot read ${JSON.stringify(path)} at a revision as it must lie in the repository "${repo.dir}"`,
      ),
    );
  }
});
