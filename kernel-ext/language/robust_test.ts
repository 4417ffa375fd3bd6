import { expect, test } from "vitest";
import { residentBytes } from "../../_tools/process_tree.ts";
import { errorsIn, makeNotebook } from "./_temp_notebook.ts";
import { openLanguage } from "./mod.ts";

const script = (text: string) => ({ command: [Deno.execPath(), "eval", text] });
const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const servers = (before: ReadonlySet<number>) => [...residentBytes(Deno.pid).keys()].filter((pid) => !before.has(pid));

test("a question fails with the reason when the server ends, and does not wait for one that hangs", async () => {
  await using ends = openLanguage({ root, cwd: root, ...script("console.error('no room'); Deno.exit(3)") });
  await expect(ends.complete("x", 1)).rejects.toThrow(
    "Cannot start language server as it must come up: exit code 3; no room",
  );
  await using hangs = openLanguage({ root, cwd: root, timeoutMs: 300, ...script("setInterval(() => {}, 1000)") });
  await expect(hangs.diagnose("a", "x")).rejects.toThrow(
    "Cannot answer as the language server must run: no answer within 300 ms; the next question starts it anew",
  );
  await using missing = openLanguage({ root, cwd: root, command: ["/no/such/program"] });
  await expect(missing.inspect("x", 1)).rejects.toThrow(`Cannot start language server as "/no/such/program" must run`);
});

test("a server that is killed is started anew; questions are taken back; large and broken cells are answered", async () => {
  const before = new Set(residentBytes(Deno.pid).keys());
  await using notebook = await makeNotebook();
  const { language } = notebook;
  language.ran("a", "const delays = [1];");
  expect(await errorsIn(language, "delays.nothing")).toHaveLength(1);
  const [server] = servers(before);
  Deno.kill(server!, "SIGKILL");
  expect(await errorsIn(language, "delays.nothing")).toHaveLength(1);
  expect(servers(before)).not.toContain(server);

  const stop = new AbortController();
  const asked = language.complete("delays.", 7, { signal: stop.signal });
  stop.abort(new Error("taken back"));
  await expect(asked).rejects.toThrow("taken back");

  const large = `const text = "${"é😀".repeat(2 ** 18)}";\ndelays.fil`;
  const { start, items } = await language.complete(large, large.length);
  expect([large.slice(start), items[0]?.text]).toEqual(["fil", "fill"]);
  expect((await language.complete("if (true) { for (const d of delays) { d.toFi", 44)).items[0]?.text).toBe("toFixed");
  expect(await language.complete("", 99)).toMatchObject({ start: 0, end: 0 });
  await language[Symbol.asyncDispose]();
  expect(servers(before)).toEqual([]);
  await expect(language.complete("x", 1)).rejects.toThrow("it was closed");
});

test("nothing is looked up, fetched or installed for a question", async () => {
  const asked: string[] = [];
  const registry = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    asked.push(url);
    return new Response("{}");
  });
  const url = `http://127.0.0.1:${registry.addr.port}/`;
  const files = { "deno.json": `{ "nodeModulesDir": "auto", "imports": { "lodash": "npm:lodash@4.17.21" } }` };
  await using notebook = await makeNotebook(files, {
    env: { NPM_CONFIG_REGISTRY: url, JSR_URL: url, HOME: "/nowhere" },
  });
  for (const name of ["npm:lod", "jsr:@st", `${url}mod`, "lodash"]) {
    const text = `import a from "${name}"; a.b`;
    await notebook.language.complete(text, 14 + name.length);
    await notebook.language.complete(text, text.length);
  }
  expect((await errorsIn(notebook.language, `import _ from "lodash"`))[0]).toContain("not-installed-npm");
  expect(asked).toEqual([]);
  await registry.shutdown();
});

test("the server ends with its parent, however that ends", async () => {
  const program = `import { openLanguage } from "${root}/kernel-ext/language/mod.ts";
    const language = openLanguage({ root: Deno.cwd(), cwd: Deno.cwd() });
    await language.complete("x", 1);
    console.log("asked");
    setInterval(() => {}, 1000);`;
  const args = ["eval", "--config", `${root}/deno.json`, program];
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/deno.json`, "{}");
  const parent = new Deno.Command(Deno.execPath(), { args, cwd: folder, stdout: "piped" }).spawn();
  for await (const _ of parent.stdout) break;
  const [server] = [...residentBytes(parent.pid).keys()].filter((pid) => pid !== parent.pid);
  parent.kill("SIGKILL");
  await parent.status;
  const alive = (pid: number) => residentBytes(pid).has(pid);
  expect(server).toBeGreaterThan(0);
  await expect.poll(() => alive(server!), { timeout: 60_000, interval: 100 }).toBe(false);
  await Deno.remove(folder, { recursive: true });
});
