import { join } from "node:path";
import { expect, test } from "vitest";
import { writeHtmlReport, writeNotebook } from "./mod.ts";
import { notebookOf } from "./testdata/sketch.ts";

async function workbench(markdown: string): Promise<{ root: string; file: string }> {
  const root = join(await Deno.makeTempDir(), "bench");
  const file = join(root, "notebooks/flights/1_explore.ipynb");
  await Deno.mkdir(join(root, "notebooks/flights"), { recursive: true });
  await Deno.writeTextFile(file, writeNotebook(notebookOf([{ id: "q", markdown }, { id: "a", code: "1" }])));
  return { root, file };
}

test("writeHtmlReport() writes beside the Markdown report, with the verdicts of now", async () => {
  const { root, file } = await workbench("# Why?\n\n[b](b.md)");
  expect(await writeHtmlReport(file, { root })).toBe(join(root, "reports/flights/1_explore.html"));
  const page = await Deno.readTextFile(join(root, "reports/flights/1_explore.html"));
  expect(page).toContain(`<a href="../../notebooks/flights/1_explore.ipynb">`);
  expect(page).toContain(`<a href="../../notebooks/flights/b.md">b</a>`);
  expect(page).toContain("<td>never run: no run of it is recorded</td>");
  expect([...Deno.readDirSync(join(root, "reports/flights"))].map(({ name }) => name)).toEqual(["1_explore.html"]);
});

test("writeHtmlReport() writes any notebook to a given place", async () => {
  const { root, file } = await workbench("# Why?");
  const out = join(root, "pages/deep/x.html");
  await Deno.rename(file, join(root, "y.ipynb"));
  expect(await writeHtmlReport(join(root, "y.ipynb"), { root, out })).toBe(out);
  expect(await Deno.readTextFile(out)).toContain(`<a href="../../y.ipynb">y.ipynb</a>`);
  await expect(writeHtmlReport(join(root, "y.ipynb"), { root })).rejects.toThrow(
    new RangeError(
      `Cannot report "${root}/y.ipynb" as it must be an .ipynb below "notebooks": it is not; move it there`,
    ),
  );
});

test("writeHtmlReport() links a notebook from within its workbench alone, under any name", async () => {
  const { root, file } = await workbench("# Why?\n\n[beside](b.md) [web](https://e.org) [up](../x.md#y)");
  const odd = join(root, "notebooks/flights/it's (a) 50% ünlike.ipynb");
  await Deno.rename(file, odd);
  const within = await Deno.readTextFile(await writeHtmlReport(odd, { root, out: join(root, "a b/page.html") }));
  const [, link] = /Made from <a href="([^"]*)">/.exec(within)!;
  expect(await Deno.realPath(new URL(link!, `file://${root}/a%20b/page.html`))).toBe(await Deno.realPath(odd));
  expect(within).toContain(`<a href="../notebooks/x.md#y">up</a>`);
  const elsewhere = await Deno.readTextFile(await writeHtmlReport(odd, { root, out: join(root, "../page.html") }));
  expect(elsewhere).toContain("<p>Made from it&#39;s (a) 50% ünlike.ipynb by Boathouse.</p>");
  expect(elsewhere).toContain(
    `<p><a>beside</a> <a href="https://e.org" rel="noopener noreferrer">web</a> <a>up</a></p>`,
  );
  expect(elsewhere).not.toContain(root.slice(1));
});

test("writeHtmlReport() takes pictures from the workbench alone, also past links", async () => {
  const names = ["in.png", "../up.png", "../../../out.png", "link.png", "none.png", "in.png/x.png", "folder.png"];
  const { root, file } = await workbench(`# Why?\n\n${names.map((name) => `![${name}](${name})`).join("\n")}`);
  const write = (path: string, text: string) => Deno.writeTextFile(join(root, path), text);
  await write("notebooks/flights/in.png", "in");
  await write("notebooks/up.png", "up");
  await write("../out.png", "secret");
  await Deno.symlink(join(root, "../out.png"), join(root, "notebooks/flights/link.png"));
  await Deno.mkdir(join(root, "notebooks/flights/folder.png"));
  const page = await Deno.readTextFile(await writeHtmlReport(file, { root }));
  expect(page.match(/base64,[\w=+/]+/g)).toEqual([`base64,${btoa("in")}`, `base64,${btoa("up")}`]);
  expect(page.match(/: a picture is left out/g)).toHaveLength(5);
});
