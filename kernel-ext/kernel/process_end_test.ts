import { expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import { type ChildOptions, startChild } from "./child.ts";

const start = (bench: TempWorkbench, options: Partial<ChildOptions> = {}) => {
  return startChild({ root: bench.root, cwd: bench.cwd, ...options });
};
const GIVE_MORE = "hold less at once, or give it more by --memory MB or by metadata.boathouse.memoryMb of the notebook";
const GONE = "the next cell starts in a fresh one, without the variables so far";

/** Whether a process still runs; a dead one that nobody has reaped does not. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return !/\) [ZX] /.test(stat);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (!await isAlive(pid)) return true;
    await new Promise((done) => setTimeout(done, 20));
  }
  return false;
}

test("execute() tells an exit as an error and goes on in a fresh process", async () => {
  await using bench = await makeWorkbench();
  await using child = await start(bench);
  const table: [source: string, reason: string][] = [
    ["console.log('before'); Deno.exit(3)", "exit code 3"],
    ["console.log('before'); process.exit(4)", "exit code 4"],
    ["console.log('before'); import { exit } from 'node:process'; exit(5)", "exit code 5"],
    ["console.log('before'); process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", "signal SIGKILL"],
    ["console.log('before'); process.kill(process.pid, 'SIGABRT'); await new Promise(() => {})", "signal SIGABRT"],
  ];
  for (const [source, reason] of table) {
    await child.execute("a", "const kept = 1");
    const { status, outputs, error } = await child.execute("b", source);
    expect(status, source).toBe("error");
    expect(outputs[0], source).toEqual({ output_type: "stream", name: "stdout", text: "before\n" });
    expect(error, source).toEqual({
      name: "ProcessEnded",
      message: `the process of the cells ended (${reason}); ${GONE}`,
    });
    expect(child.pid).toBe(null);
    expect((await child.execute("c", "typeof kept")).outputs).toMatchObject([{
      data: { "text/plain": `"undefined"` },
    }]);
    expect(child.pid).toBeTypeOf("number");
  }
});

test("execute() tells that memory ran out", async () => {
  await using bench = await makeWorkbench();
  await using child = await start(bench, { memoryMb: 64 });
  const { outputs } = await child.execute(
    "a",
    "console.log('before'); const all = []; for (;;) all.push(new Array(1_000).fill(1.5))",
  );
  const evalue = `the process of the cells ended (out of memory: ${GIVE_MORE}); ${GONE}`;
  expect(outputs).toEqual([
    { output_type: "stream", name: "stdout", text: "before\n" },
    { output_type: "error", ename: "ProcessEnded", evalue, traceback: [`ProcessEnded: ${evalue}`] },
  ]);
  expect((await child.execute("b", "1")).status).toBe("ok");
});

test.runIf(Deno.build.os === "linux")(
  "execute() ends a cell that holds too much memory outside of the heap",
  async () => {
    await using bench = await makeWorkbench();
    await using child = await start(bench, { memoryMb: 128 });
    const allocate = "kept.push(new Uint8Array(16e6).fill(1));";
    for (const source of [allocate, `${allocate} await new Promise((done) => setTimeout(done));`]) {
      await child.execute("a", "const kept = []");
      const { error } = await child.execute("b", `for (;;) { ${source} }`);
      expect(error?.name, source).toBe("ProcessEnded");
      expect(error?.message, source).toMatch(
        /^the process of the cells ended \(it held [\d,]+ MB of memory, more than the 768 MB that it may: hold less at once, or give it more by --memory MB or by metadata\.boathouse\.memoryMb of the notebook\); the next cell starts in a fresh one, without the variables so far$/,
      );
      expect((await child.execute("c", "typeof kept")).outputs).toMatchObject([{
        data: { "text/plain": `"undefined"` },
      }]);
    }
  },
);

test("execute() says in the next cell that the process ended between two", async () => {
  await using bench = await makeWorkbench();
  await using child = await start(bench);
  const pid = child.pid!;
  await child.execute("a", "setTimeout(() => Deno.exit(6), 20); 0");
  expect(await isGone(pid)).toBe(true);
  await expect.poll(() => child.pid).toBe(null);
  const { outputs } = await child.execute("b", "1");
  expect(outputs[0]).toEqual({
    output_type: "stream",
    name: "stderr",
    text: `The process of the cells ended (exit code 6); ${GONE}\n`,
  });
});

test("startChild() gives cells the permissions that it is given", async () => {
  await using bench = await makeWorkbench();
  await using child = await start(bench, { permissions: [`--allow-read=${bench.cwd}`] });
  await bench.write("notebooks/a.txt", "in");
  expect((await child.execute("a", `Deno.readTextFileSync("a.txt")`)).outputs).toMatchObject([{
    data: { "text/plain": `"in"` },
  }]);
  for (
    const source of [
      `Deno.readTextFileSync("/etc/passwd")`,
      `Deno.env.get("HOME")`,
      `await Deno.connect({ port: 1 })`,
      `Deno.writeTextFileSync("b.txt", "")`,
    ]
  ) {
    expect((await child.execute("b", source)).error?.name, source).toBe("NotCapable");
  }
});

test("startChild() refuses a workbench in which Deno does not start", async () => {
  await using bench = await makeWorkbench();
  await bench.write("deno.json", "{ broken");
  await expect(start(bench)).rejects.toThrow(Error);
  await expect(start(bench)).rejects.toThrow(
    /^Cannot start cell process as Deno must come up: exit code 1; error: .*deno\.json.*on line 1 column 9$/,
  );
});

test("startChild() says what a workbench lacks, and what to do", async () => {
  await using bench = await makeWorkbench();
  await Deno.remove(`${bench.root}/deno.json`);
  const lacks = `Cannot run cells as their workbench must have deno.json: "${bench.root}" has none; `;
  await expect(start(bench)).rejects.toThrow(
    `${lacks}write one, {} or with what they import, such as {"imports": {"zod": "npm:zod@4"}}`,
  );
  await bench.write("deno.jsonc", "{}");
  await expect(start(bench)).rejects.toThrow(`${lacks}save its deno.jsonc as deno.json, without comments`);
  await bench.write("deno.json", "{}");
  await using child = await start(bench);
  expect((await child.execute("a", "1")).status).toBe("ok");
  const away = { cwd: `${bench.root}/away` };
  await expect(start(bench, away)).rejects.toThrow(
    `Cannot run cells as their folder must be there: "${away.cwd}" is not`,
  );
});

test("dispose ends the process and all that cells started, and disposes of what they opened", async () => {
  await using bench = await makeWorkbench();
  const child = await start(bench);
  const pid = child.pid!;
  const { outputs } = await child.execute(
    "a",
    `using file = { [Symbol.dispose]: () => Deno.writeTextFileSync("closed.txt", "yes") };
    const sleeper = new Deno.Command("sleep", { args: ["1000"] }).spawn();
    sleeper.pid`,
  );
  const sleeper = Number((outputs[0] as { data: Record<string, string> }).data["text/plain"]);
  expect(await isAlive(sleeper)).toBe(true);
  await child[Symbol.asyncDispose]();
  expect(child.pid).toBe(null);
  expect(await isGone(pid)).toBe(true);
  expect(await isGone(sleeper)).toBe(true);
  expect(await Deno.readTextFile(`${bench.cwd}/closed.txt`)).toBe("yes");
});

test("dispose ends a running cell", async () => {
  await using bench = await makeWorkbench();
  const child = await start(bench);
  const running = child.execute("a", "for (;;) {}");
  await new Promise((done) => setTimeout(done, 60));
  await child[Symbol.asyncDispose]();
  expect((await running).error?.name).toBe("ProcessEnded");
});

test("the process ends when its parent is killed, a busy loop and its children included", async () => {
  await using bench = await makeWorkbench();
  const parent = `import { startChild } from "${new URL("./child.ts", import.meta.url)}";
    const child = await startChild({ root: "${bench.root}", cwd: "${bench.cwd}" });
    const { outputs } = await child.execute("a", 'new Deno.Command("sleep", { args: ["1000"] }).spawn().pid');
    const running = child.execute("b", "for (;;) {}");
    console.log(JSON.stringify([child.pid, Number(outputs[0].data["text/plain"])]));
    await running;`;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const file = `${bench.root}/parent.ts`;
  await Deno.writeTextFile(file, parent);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `--config=${config}`, file],
    stdout: "piped",
    stderr: "inherit",
  });
  const spawned = command.spawn();
  const { value } = await spawned.stdout.getReader().read();
  const pids = JSON.parse(new TextDecoder().decode(value)) as number[];
  for (const pid of pids) expect(await isAlive(pid)).toBe(true);
  spawned.kill("SIGKILL");
  await spawned.status;
  for (const pid of pids) expect(await isGone(pid)).toBe(true);
});

test("the process ends when another program attaches to its inspector", async () => {
  await using bench = await makeWorkbench();
  await using child = await start(bench);
  const inspector = await inspectorOf(child.pid!);
  const running = child.execute("a", "await new Promise(() => {})");
  const socket = new WebSocket(inspector);
  expect((await running).error?.message).toBe(
    `the process of the cells ended (another program attached to its inspector); ${GONE}`,
  );
  socket.close();
});

/** What any local program can find out: the port that the process listens on, and what it hands out there. */
async function inspectorOf(pid: number): Promise<string> {
  const sockets = await Promise.all((await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).map(async ({ name }) => {
    return /socket:\[(\d+)\]/.exec(await Deno.readLink(`/proc/${pid}/fd/${name}`).catch(() => ""))?.[1];
  }));
  const rows = (await Deno.readTextFile(`/proc/${pid}/net/tcp`)).split("\n").map((row) => row.trim().split(/\s+/));
  const row = rows.find((cells) => cells[3] === "0A" && sockets.includes(cells[9]))!;
  const port = parseInt(row[1]!.split(":")[1]!, 16);
  const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json() as [
    { webSocketDebuggerUrl: string },
  ];
  return target.webSocketDebuggerUrl;
}
