import { expect, test } from "vitest";
import { startChild } from "./_process.ts";

test("startChild() gives a process without permissions, environment or time zone", async () => {
  const texts: string[] = [];
  const told = Promise.withResolvers<void>();
  const child = startChild(64 * 2 ** 20, (worker, text) => {
    texts.push(`${worker} ${text}`);
    told.resolve();
  });
  child.send(0, '[["rss"]]');
  await told.promise;
  expect(texts[0]).toMatch(/^0 \[\["pong",\d+\]\]$/);
  const command = await Deno.readTextFile(`/proc/${child.pid}/cmdline`).catch(() => null);
  if (command) {
    const flags = [
      "--no-prompt",
      "--deny-import",
      "--no-remote",
      "--no-npm",
      "--no-config",
      "--no-lock",
      "--cached-only",
    ];
    for (const flag of flags) expect(command.split("\0")).toContain(flag);
    expect(command).not.toMatch(/allow/);
    const environment = await Deno.readTextFile(`/proc/${child.pid}/environ`);
    expect(environment.split("\0").filter(Boolean).map((pair) => pair.split("=")[0]).sort()).toEqual([
      "DENO_NO_UPDATE_CHECK",
      "NO_COLOR",
      "TZ",
    ]);
  }
  child.kill("it was asked to");
  child.kill("again");
  expect(await child.ended).toEqual({ code: 137, signal: "SIGKILL", stderr: "", reason: "it was asked to" });
});

test("a child ends when its host goes, even while a worker loops", async () => {
  const script = `
    import { startChild } from ${JSON.stringify(new URL("./_process.ts", import.meta.url).href)};
    const child = startChild(64e6, () => {});
    child.send(0, JSON.stringify([["load", 1, "for (;;);"]]));
    console.log(child.pid);
    setTimeout(() => Deno.kill(Deno.pid, "SIGKILL"), 300);`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-config", file] }).output();
  const pid = Number(new TextDecoder().decode(stdout));
  expect(pid).toBeGreaterThan(0);
  await gone(pid);
  await Deno.remove(file);
});

test("a script that leaves its sandbox open ends by itself, and the sandbox with it", async () => {
  const script = `
    import { openSandbox } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).href)};
    const sandbox = await openSandbox({ product: "p", host: { call: () => Promise.resolve(null) }, loadMs: 500 });
    const limits = { budgetMs: 2000, memoryBytes: 2 ** 24 };
    const context = { decision: "d", nowMs: 0, seed: "s", budgetMs: 2000 };
    const told = (error) => ({ output: error.kind });
    await sandbox.load({ hash: "loop", bundle: "for (;;);", ...limits }).catch(told);
    await sandbox.load({ hash: "h", bundle: "export const handler = (n) => { while (n < 0); return n + 1; };", ...limits });
    const answers = [];
    for (const n of [1, -1, 2]) answers.push((await sandbox.call("h", n, context).catch(told)).output);
    const pids = sandbox.stats().processes.map(({ pid }) => pid);
    console.log(JSON.stringify({ answers, pids }));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "-A", "--config", config, file];
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), { args }).output();
  await Deno.remove(file);
  expect([new TextDecoder().decode(stderr), code]).toEqual(["", 0]);
  const { answers, pids } = JSON.parse(new TextDecoder().decode(stdout));
  expect(answers).toEqual([2, "timeout", 3]);
  expect(pids.length).toBeGreaterThan(1);
  for (const pid of pids) await gone(pid);
});

test("a machine that cannot start Deno is told once, and nothing spins", async () => {
  const script = `
    import { openSandbox } from ${JSON.stringify(new URL("./mod.ts", import.meta.url).href)};
    const sandbox = await openSandbox({ product: "p", host: { call: () => Promise.resolve(null) } });
    const fn = { hash: "h", bundle: "export const handler = () => 1;", budgetMs: 100, memoryBytes: 1e6 };
    for (let i = 0; i < 2; i++) await sandbox.load(fn).catch((error) => console.log(error.kind, error.message));
    await sandbox[Symbol.asyncDispose]();`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, script);
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["run", "--no-prompt", "--allow-read", "--allow-env", "--config", config, file];
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), { args }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  await Deno.remove(file);
  expect(new TextDecoder().decode(stderr)).toBe("");
  expect(success).toBe(true);
  expect(lines[0]).toMatch(/^crash Cannot go on in this process as Deno cannot be started: Requires run access/);
  expect(lines[1]).toMatch(/^crash Cannot load a function as no process can be started here$/);
});

/** Waits until a process is no more. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      Deno.kill(pid, "SIGCONT");
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
