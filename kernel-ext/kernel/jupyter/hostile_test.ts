import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { startKernel } from "./testdata/kernel.ts";
import { frame, greeting } from "./testdata/zmtp_client.ts";

test("a message with another signature, or none, is dropped, and the client's own are answered", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const code = { code: "console.log('forged')" };
  for (const key of ["other", ""]) await client.sendRaw("shell", client.frames("execute_request", code, { key }));
  await client.sendRaw("control", client.frames("shutdown_request", {}, { key: "other" }));
  await client.sendRaw("stdin", client.frames("input_reply", { value: "x" }, { key: "other" }));
  await client.sendRaw("shell", [Buffer.from("garbage")]);
  expect((await client.execute("1")).reply.execution_count).toBe(1);
  expect(client.seen.some(({ content }) => content.text === "forged\n")).toBe(false);
  expect(kernel.stderr()).toContain(
    "shell: Cannot take message as it must be signed with the key: its signature differs",
  );
});

test("without a key messages are not signed", async () => {
  await using kernel = await startKernel({ key: "" });
  await using client = await kernel.connect();
  expect((await client.execute("1")).outputs[0]?.content.data["text/plain"]).toBe("1");
});

test("a connection that breaks the protocol is closed alone", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const table: [what: string, bytes: Buffer][] = [
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["another mechanism", Buffer.concat([greeting().subarray(0, 12), Buffer.from("PLAIN".padEnd(52, "\0"))])],
    ["a message before READY", Buffer.concat([greeting(), frame(0, Buffer.from("x"))])],
    ["a huge frame", Buffer.concat([greeting(), Buffer.from([2, 255, 255, 255, 255, 255, 255, 255, 255])])],
    ["reserved flags", Buffer.concat([greeting(), Buffer.from([255, 1])])],
  ];
  const { shell_port, iopub_port, stdin_port, control_port, hb_port } = kernel.connection;
  for (const port of [shell_port, iopub_port, stdin_port, control_port, hb_port]) {
    for (const [what, bytes] of table) {
      using connection = await Deno.connect({ port });
      await connection.write(bytes);
      expect(await isClosed(connection), what).toBe(true);
    }
  }
  expect((await client.execute("1")).reply.status).toBe("ok");
});

test("a connection that says nothing does not keep the kernel from ending", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  using _silent = await Deno.connect({ port: kernel.connection.shell_port });
  await client.request("shutdown_request", {}, { channel: "control" });
  expect(await kernel.exited).toBe(0);
});

/** Reads until the other end closes. */
async function isClosed(connection: Deno.Conn): Promise<boolean> {
  const buffer = new Uint8Array(1_000);
  try {
    while (await connection.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  return true;
}
