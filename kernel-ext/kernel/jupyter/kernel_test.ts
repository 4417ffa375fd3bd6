import { expect, test } from "vitest";
import { startKernel } from "./testdata/kernel.ts";
import { connectZmtp } from "./testdata/zmtp_client.ts";
import { Buffer } from "node:buffer";

test("kernel_info says what the kernel is", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  for (const channel of ["shell", "control"] as const) {
    const { reply } = await client.request("kernel_info_request", {}, { channel });
    expect(reply).toMatchObject({ status: "ok", implementation: "boathouse", debugger: false });
    expect(reply.language_info).toMatchObject({
      name: "typescript",
      mimetype: "text/x.typescript",
      file_extension: ".ts",
    });
  }
});

test("is_complete, history, comms and what is unknown", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const ask = async (type: string, content: object) => (await client.request(type, content)).reply;
  expect(await ask("is_complete_request", { code: "1 + 1" })).toEqual({ status: "complete" });
  expect(await ask("is_complete_request", { code: "if (a) {" })).toEqual({ status: "incomplete", indent: "  " });
  expect(await ask("is_complete_request", { code: "let 5 = x" })).toEqual({ status: "invalid" });
  await client.execute("1 + 1");
  expect(await ask("history_request", { hist_access_type: "tail", n: 5, output: true, raw: true })).toEqual({
    status: "ok",
    history: [[0, 1, ["1 + 1", "2"]]],
  });
  expect(await ask("history_request", { hist_access_type: "all" })).toMatchObject({
    status: "error",
    ename: "RangeError",
  });
  expect(await ask("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
  await client.sendRaw("shell", client.frames("comm_open", { comm_id: "c", target_name: "widget", data: {} }));
  const closed = await client.published(({ type }) => type === "comm_close");
  expect(closed.content).toEqual({ comm_id: "c", data: {} });
  await client.sendRaw("shell", client.frames("debug_request", {}, { id: "unknown" }));
  await client.published(({ parent, content }) => parent.msg_id === "unknown" && content.execution_state === "idle");
  expect(kernel.stderr()).toContain(`Cannot answer "debug_request" as this kernel does not know it`);
});

test("prompt asks the client of the cell, and is refused where that allows no input", async () => {
  await using kernel = await startKernel();
  const asked: object[] = [];
  const onInput = (content: object) => {
    asked.push(content);
    return "Ada";
  };
  await using other = await kernel.connect({ onInput: () => "Eve" });
  await using client = await kernel.connect({ onInput });
  const answered = await client.execute("prompt('name?')", { allow_stdin: true });
  expect(answered.outputs[0]?.content.data["text/plain"]).toBe(`"Ada"`);
  expect(asked).toEqual([{ prompt: "name? ", password: false }]);
  const refused = await other.execute("prompt('name?')", { allow_stdin: false });
  expect(refused.reply.evalue).toBe(
    `Cannot ask "name? " as this client must allow input: it sent "allow_stdin": false`,
  );
});

test("two clients see the same outputs, and each its own replies", async () => {
  await using kernel = await startKernel();
  await using one = await kernel.connect();
  await using two = await kernel.connect();
  const { id } = await one.execute("console.log('hello')");
  await two.published(({ parent, content }) => parent.msg_id === id && content.text === "hello\n");
  const both = await Promise.all([one.execute("1"), two.execute("2")]);
  expect(both.map(({ outputs: [shown] }) => shown?.content.data["text/plain"])).toEqual(["1", "2"]);
});

test("a cell that ends its process leaves an error and a fresh process", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  for (
    const [code, reason] of [["Deno.exit(3)", "exit code 3"], [
      "process.kill(process.pid, 'SIGABRT'); await new Promise(() => {})",
      "signal SIGABRT",
    ]]
  ) {
    await client.execute("var kept = 1");
    const { reply } = await client.execute(`console.log('before'); ${code}`);
    expect(reply).toMatchObject({ status: "error", ename: "ProcessEnded" });
    expect(reply.evalue).toContain(reason);
    expect((await client.execute("typeof kept")).outputs.at(-1)?.content.data["text/plain"]).toBe(`"undefined"`);
  }
});

test("the heartbeat echoes, and the exit takes all with it", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const beat = Promise.withResolvers<Buffer[]>();
  const pings = await connectZmtp(kernel.connection.hb_port, { type: "REQ", onMessage: beat.resolve });
  await pings.send([Buffer.alloc(0), Buffer.from("ping")]);
  expect((await beat.promise).map(String)).toEqual(["", "ping"]);
  const { reply } = await client.request("shutdown_request", { restart: true }, { channel: "control" });
  expect(reply).toEqual({ status: "ok", restart: true });
  expect(client.seen.some(({ type }) => type === "shutdown_reply")).toBe(true);
  expect(await kernel.exited).toBe(0);
  await pings.closed;
});

test("shutdown_request works on the shell channel too, and SIGTERM while a cell runs", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  expect((await client.request("shutdown_request", {})).reply).toEqual({ status: "ok", restart: false });
  expect(await kernel.exited).toBe(0);

  await using busy = await startKernel();
  await using other = await busy.connect();
  await other.sendRaw("shell", other.frames("execute_request", { code: "console.log('runs'); for (;;) {}" }));
  await other.published(({ content }) => content.text === "runs\n");
  Deno.kill(busy.pid, "SIGTERM");
  expect(await busy.exited).toBe(0);
});

test("the kernel ends with the process that started it", async () => {
  const parent = new Deno.Command("sleep", { args: ["600"] }).spawn();
  await using kernel = await startKernel({ env: { JPY_PARENT_PID: String(parent.pid) } });
  await using client = await kernel.connect();
  expect((await client.execute("1")).reply.status).toBe("ok");
  parent.kill("SIGKILL");
  await parent.status;
  expect(await kernel.exited).toBe(0);
});
