import { expect, test } from "vitest";
import { startKernel } from "./testdata/kernel.ts";

const OPEN = `const { broadcast } = Deno.jupyter;
await broadcast("comm_open", { comm_id: "c", target_name: "jupyter.widget", data: { state: { n: 1n } } }, {
  metadata: { version: "2.1.0" },
  buffers: [new Uint8Array([1, 255]), new Float32Array([1])],
});`;

test("broadcast() publishes a comm under its cell, with metadata and buffers, and comm_info lists it", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const { id } = await client.execute(OPEN);
  const opened = await client.published(({ type }) => type === "comm_open");
  expect(opened.parent.msg_id).toBe(id);
  expect(opened.content).toEqual({ comm_id: "c", target_name: "jupyter.widget", data: { state: { n: 1 } } });
  expect(opened.metadata).toEqual({ version: "2.1.0" });
  expect(opened.buffers.map((buffer) => [...buffer])).toEqual([[1, 255], [0, 0, 128, 63]]);
  const info = async (content: object) => (await client.request("comm_info_request", content)).reply.comms;
  expect(await info({})).toEqual({ c: { target_name: "jupyter.widget" } });
  expect(await info({ target_name: "other" })).toEqual({});
  await client.execute(`await Deno.jupyter.broadcast("comm_close", { comm_id: "c", data: {} })`);
  expect(await info({})).toEqual({});
  await client.execute(OPEN);
  await client.execute("Deno.exit(1)");
  expect(await info({})).toEqual({});
});

test("onComm() is told what a client sends, under the cell that opened the comm", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const { id } = await client.execute(`${OPEN}
(Deno.jupyter as any).onComm("c", ({ type, data, metadata, buffers }: any) => {
  console.log(type, JSON.stringify(data), JSON.stringify(metadata), buffers[0]);
  if (data.fail) throw new Error("no such state");
});`);
  await client.execute("1");
  const send = (type: string, data: object, buffers: Uint8Array[] = []) =>
    client.sendRaw("shell", [
      ...client.frames(type, { comm_id: "c", data }, { metadata: { m: 1 } }),
      ...buffers,
    ]);
  const printed = (text: string) =>
    client.published(({ type, parent, content }) =>
      type === "stream" && parent.msg_id === id && content.text.includes(text)
    );
  await send("comm_msg", { a: 1 }, [new Uint8Array([7, 8])]);
  await printed(`comm_msg {"a":1} {"m":1} Uint8Array(2) [ 7, 8 ]`);
  await send("comm_msg", { fail: true });
  await printed("Error: no such state");
  await send("comm_close", { bye: 1 });
  await printed(`comm_close {"bye":1}`);
  expect((await client.request("comm_info_request", {})).reply.comms).toEqual({});
  await send("comm_msg", {});
  expect((await client.published(({ type }) => type === "comm_close")).content).toEqual({ comm_id: "c", data: {} });
});

test("a flood of comm messages and huge buffers are cut at the cell's bytes, and the cell says so", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const huge = await client.execute(
    `await Deno.jupyter.broadcast("comm_msg", { comm_id: "c", data: {} }, { buffers: [new Uint8Array(2e7)] } as any)`,
  );
  expect(huge.outputs.map(({ type, content }) => [type, content.text])).toEqual([
    ["stream", "Output of this cell was cut at 8,388,608 bytes\n"],
    ["stream", "Dropped: 1 display\n"],
  ]);
  const flood = await client.execute(
    `for (let i = 0; i < 3e5; i++) Deno.jupyter.broadcast("comm_msg", { comm_id: "c", data: { i } }); 5`,
  );
  expect(flood.outputs.filter(({ type }) => type === "comm_msg").length).toBeGreaterThan(1_000);
  expect(flood.outputs.at(-1)?.content.text).toMatch(/^Dropped: [\d,]+ displays\n$/);
});
