import { afterAll, expect, test } from "vitest";
import { openBus } from "./mod.ts";

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
});

function temporary(): string {
  folders.push(Deno.makeTempDirSync());
  return folders.at(-1)!;
}

function spawn(script: string, ...args: string[]): Deno.ChildProcess {
  const path = new URL(`./testdata/${script}`, import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), { args: ["run", "-A", path, ...args], stdout: "piped", stderr: "piped" })
    .spawn();
}

async function resultOf(child: Deno.ChildProcess): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await child.output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

test("four processes that publish at once get through alike: the slowest at least a third of the fastest", async () => {
  const dir = temporary(), appends = 1_200;
  await using bus = await openBus({ kind: "sqlite", dir });
  await bus.createTopic("rivals");
  await bus.createTopic("ready");
  const rivals = [1, 2, 3, 4].map(() => resultOf(spawn("rival.ts", dir, `${appends * 100}`, "100", "2")));
  const shares = (await Promise.all(rivals)).map(({ code, text }) => {
    expect(code, text).toBe(0);
    return (JSON.parse(text) as { appends: number }).appends;
  });
  expect(shares.reduce((sum, share) => sum + share)).toBe(appends);
  expect(Math.min(...shares), shares.join(", ")).toBeGreaterThan(Math.max(...shares) / 3);
  let next = 0;
  for await (const { baseOffset, count } of bus.read("rivals", 0, 0)) {
    expect(baseOffset).toBe(next);
    next += count;
  }
  expect(next).toBe((await bus.positions("rivals"))[0]!.high);
});

test("a publisher that is killed at random points resumes without loss or doubles", async () => {
  const dir = temporary(), id = crypto.randomUUID(), total = 40_000;
  await using bus = await openBus({ kind: "sqlite", dir });
  await bus.createTopic("killed");
  const resumedFrom: string[] = [];
  for (let kills = 0; kills < 8; kills++) {
    const child = spawn("resumer.ts", dir, "killed", id, `${total}`);
    resumedFrom.push(await untilStarted(child));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 80));
    child.kill("SIGKILL");
    await child.status;
    await child.stderr.cancel();
  }
  const killedAt = await bus.lastSequence("killed", 0, id);
  expect(killedAt, "killed before it was done").toBeLessThan(total - 1);
  expect(new Set(resumedFrom).size, resumedFrom.join(", ")).toBeGreaterThan(2);
  const last = await resultOf(spawn("resumer.ts", dir, "killed", id, `${total}`));
  expect(last.code, last.text).toBe(0);

  let next = 0;
  for await (const batch of bus.read("killed", 0, 0)) {
    for (const { offset, sequence, value, producerId } of batch.records()) {
      if (offset !== next || sequence !== next || value !== next || producerId !== id) {
        expect([offset, sequence, value, producerId]).toEqual([next, next, next, id]);
      }
      next++;
    }
  }
  expect(next).toBe(total);
});

/** Waits for the child's first line, so that it is killed while it appends and not while it starts. */
async function untilStarted(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value).trim();
}

test("a process ends by itself once its bus is closed", async () => {
  const dir = temporary();
  await using bus = await openBus({ kind: "sqlite", dir });
  await bus.createTopic("killed");
  const began = performance.now();
  const { code, text } = await resultOf(spawn("resumer.ts", dir, "killed", "p", "60"));
  expect([code, text]).toEqual([0, "from 0\n"]);
  expect(performance.now() - began).toBeLessThan(20_000);
});

test("openBus() keeps no process alive, and lets it end when all it published is durable", async () => {
  const dir = temporary(), count = 50_000;
  {
    await using bus = await openBus({ kind: "sqlite", dir });
    await bus.createTopic("left", { partitions: 1 });
  }
  const { code, text } = await resultOf(spawn("leaver.ts", dir, `${count}`));
  expect(code, text).toBe(0);
  await using bus = await openBus({ kind: "sqlite", dir });
  expect((await bus.positions("left"))[0]!.high).toBe(count);
});
