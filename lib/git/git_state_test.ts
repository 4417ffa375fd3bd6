import { expect, test } from "vitest";
import { git } from "./_git.ts";
import { gitState } from "./git_state.ts";

test("gitState() gives names of changed files as they are, and the new one of a renamed file", async () => {
  const root = await Deno.makeTempDir({ prefix: "boathouse-git-" });
  try {
    await git(root, ["init", "--quiet"]);
    await Deno.writeTextFile(`${root}/old.txt`, "a text that stays the same\n");
    await git(root, ["add", "."]);
    await git(root, ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "first"]);
    await git(root, ["mv", "old.txt", "new name.txt"]);
    await Deno.writeTextFile(`${root}/é "quoted"\n.txt`, "");
    const { commit, changed } = await gitState(root);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(changed).toEqual(["new name.txt", 'é "quoted"\n.txt']);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
