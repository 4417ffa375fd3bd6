import { expect, test } from "vitest";
import { connectZmtp } from "../jupyter/testdata/zmtp_client.ts";
import { type Link, serveSocket, type SocketOptions } from "./socket.ts";

/** A socket on a free port. */
function open(options: Partial<SocketOptions>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const refused: string[] = [];
  const socket = serveSocket(listener, {
    type: "XPUB",
    maxMessageBytes: 1_000_000,
    maxWaitingBytes: 1_000_000,
    onRefused: (reason) => refused.push(reason),
    ...options,
  });
  return { socket, refused, port: (listener.addr as Deno.NetAddr).port };
}

test("serveSocket() sends a large message whole, and messages in order", async () => {
  const subscribed = Promise.withResolvers<Link>();
  const { socket, port } = open({ onSubscribe: subscribed.resolve, maxWaitingBytes: 1e9 });
  await using _socket = socket;
  const received: number[] = [];
  const all = Promise.withResolvers<void>();
  await using _client = await connectZmtp(port, {
    type: "SUB",
    onMessage: ([, body]) => void (received.push(body!.length) === 3 && all.resolve()),
  });
  const link = await subscribed.promise;
  for (const size of [10, 20_000_000, 300]) link.send([new TextEncoder().encode("topic"), new Uint8Array(size)]);
  await all.promise;
  expect(received).toEqual([10, 20_000_000, 300]);
  expect(link.wants("anything")).toBe(true);
});

test("send() refuses more for a peer that does not read, and takes it again when that has caught up", async () => {
  const subscribed = Promise.withResolvers<Link>();
  const { socket, port } = open({ onSubscribe: subscribed.resolve });
  const client = await Deno.connect({ port });
  const { frame, greeting } = await import("../jupyter/testdata/zmtp_client.ts");
  const ready = new TextEncoder().encode("\x05READY\x0bSocket-Type\0\0\0\x03SUB");
  for (
    const bytes of [greeting(), frame(4, ready as never), frame(4, new TextEncoder().encode("\x09SUBSCRIBE") as never)]
  ) {
    await client.write(bytes);
  }
  const link = await subscribed.promise;
  const megabyte = [new Uint8Array(1_000_000)];
  const sent = Array.from({ length: 100 }, () => link.send(megabyte));
  expect(sent[0]).toBe(true);
  expect(sent.at(-1)).toBe(false);
  // The kernel's buffers may take some; what we keep ourselves is bounded.
  expect(sent.filter((each) => each).length).toBeLessThan(20);
  const drained = client.readable.pipeTo(new WritableStream());
  await expect.poll(() => link.send(megabyte)).toBe(true);
  await socket[Symbol.asyncDispose]();
  await drained;
});

test("serveSocket() names why it closed a connection, and forgets its peer", async () => {
  const { socket, refused, port } = open({ type: "ROUTER" });
  await using _socket = socket;
  const client = await connectZmtp(port, { type: "DEALER", identity: "me", onMessage: () => undefined });
  await expect.poll(() => socket.links().map(({ identity }) => identity)).toEqual(["me"]);
  await client.send([new Uint8Array(2_000_000)]);
  await client.closed;
  await expect.poll(() => socket.links()).toEqual([]);
  expect(refused).toEqual(["Cannot take frame as it must have at most 1000000 bytes: 2000000"]);
});
