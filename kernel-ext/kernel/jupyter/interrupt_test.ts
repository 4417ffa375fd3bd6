import { expect, test } from "vitest";
import { startKernel } from "./testdata/kernel.ts";

test("interrupt_request ends a loop, a pending await and a regular expression, and keeps the variables", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  await client.execute("let kept = 1");
  const table = [
    "kept++; console.log('runs'); for (;;) {}",
    "kept++; console.log('runs'); await new Promise(() => {})",
    "kept++; console.log('runs'); /^(a+)+$/.test('a'.repeat(40) + 'b')",
    "kept++; console.log('runs'); while (true) await 0",
  ];
  for (const [index, code] of table.entries()) {
    const before = client.seen.length;
    const running = client.execute(code);
    await client.published((message) => message.content.text === "runs\n" && client.seen.indexOf(message) >= before);
    const { reply } = await client.request("interrupt_request", {}, { channel: "control" });
    expect(reply).toEqual({ status: "ok" });
    expect((await running).reply, code).toMatchObject({ status: "error", ename: "Interrupted" });
    const { outputs: [shown] } = await client.execute("kept");
    expect(shown?.content.data["text/plain"], code).toBe(String(index + 2));
  }
});

test("an interrupt does not run what waits behind the cell, and does nothing where none runs", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const running = client.execute("console.log('runs'); for (;;) {}");
  const behind = client.execute("1");
  await client.published(({ content }) => content.text === "runs\n");
  await client.request("interrupt_request", {}, { channel: "control" });
  expect([(await running).reply.status, (await behind).reply.status]).toEqual(["error", "aborted"]);
  await client.request("interrupt_request", {}, { channel: "control" });
  expect((await client.execute("2")).reply.status).toBe("ok");
});

test("SIGINT interrupts, as clients do that know no message for it", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const running = client.execute("console.log('runs'); await new Promise(() => {})");
  await client.published(({ content }) => content.text === "runs\n");
  Deno.kill(kernel.pid, "SIGINT");
  expect((await running).reply).toMatchObject({ status: "error", ename: "Interrupted" });
  expect((await client.execute("2")).reply.status).toBe("ok");
});

test("an interrupt ends a question that nobody answers", async () => {
  await using kernel = await startKernel();
  const asked = Promise.withResolvers<void>();
  const onInput = () => {
    asked.resolve();
    return null;
  };
  await using client = await kernel.connect({ onInput });
  const running = client.execute("prompt('name?')", { allow_stdin: true });
  await asked.promise;
  await client.request("interrupt_request", {}, { channel: "control" });
  expect((await running).reply).toMatchObject({ status: "error", ename: "Interrupted" });
  expect((await client.execute("2")).reply.status).toBe("ok");
});
