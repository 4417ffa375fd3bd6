import { expect, test } from "vitest";
import { settlesIn } from "./patience.ts";

const NEVER = new Promise(() => {});
const LONG_MS = 3_600_000;

/** Runs a program until the callback is over. */
async function beside(program: string, use: (pid: number) => Promise<void>): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), { args: ["eval", `console.log(1); ${program}`], stdout: "piped" })
    .spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  try {
    await use(child.pid);
  } finally {
    child.kill("SIGKILL");
    await Promise.all([child.status, reader.cancel()]);
  }
}

test("settlesIn() tells that something settled, however", async () => {
  await beside("for (;;);", async (pid) => {
    expect(await settlesIn(Promise.resolve(), pid, { busyMs: LONG_MS, ownMs: LONG_MS })).toBe(true);
    expect(await settlesIn(Promise.reject(new Error("so")), pid, { busyMs: LONG_MS, ownMs: LONG_MS })).toBe(true);
  });
});

test.runIf(Deno.build.os === "linux")("settlesIn() waits for a busy process by the time that it had", async () => {
  await beside("for (;;);", async (pid) => {
    expect(await settlesIn(NEVER, pid, { busyMs: 50, ownMs: LONG_MS })).toBe(false);
  });
});

test("settlesIn() gives up on a process that could run and does not", async () => {
  await beside("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);", async (pid) => {
    expect(await settlesIn(NEVER, pid, { busyMs: LONG_MS, ownMs: 100 })).toBe(false);
  });
});
