import { Buffer } from "node:buffer";
import { createHmac, randomUUID } from "node:crypto";
import { connectZmtp, type ZmtpClient } from "./zmtp_client.ts";

/** What a kernel listens on. */
export interface TestConnection {
  key: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

/** A message as a client sees it. */
export interface Seen {
  type: string;
  // deno-lint-ignore no-explicit-any -- tests look at what they expect to be there
  content: any;
  // deno-lint-ignore no-explicit-any -- see above
  header: any;
  // deno-lint-ignore no-explicit-any -- see above
  parent: any;
  metadata: object;
  buffers: Buffer[];
}

/** What came of a request: its reply and all that was published for it, status and input left out. */
export interface Answer {
  id: string;
  // deno-lint-ignore no-explicit-any -- see above
  reply: any;
  outputs: Pick<Seen, "type" | "content">[];
}

/** A client of a kernel. */
export interface TestClient extends AsyncDisposable {
  /** Sends a request; settles when its reply and its idle have come. */
  request(type: string, content?: object, options?: RequestOptions): Promise<Answer>;
  /** Runs code. */
  execute(code: string, content?: object): Promise<Answer>;
  /** Settles when a published message fits. */
  published(fits: (message: Seen) => boolean): Promise<Seen>;
  /** Sends frames as they are. */
  sendRaw(channel: "shell" | "control" | "stdin", frames: readonly Uint8Array[]): Promise<void>;
  /** Makes the frames of a message. */
  frames(type: string, content: object, options?: RequestOptions & { id?: string; key?: string }): Uint8Array[];
  /** All that was published, in order. */
  seen: Seen[];
}

/** How a request is sent. */
export interface RequestOptions {
  channel?: "shell" | "control";
  metadata?: object;
}

/**
 * Connects all channels of a client.
 *
 * @param connection Where the kernel listens.
 * @param options What answers `input_request`; name of the client, with "" for none.
 */
export async function connectClient(connection: TestConnection, { onInput, session = randomUUID() }: {
  onInput?: (content: { prompt: string; password: boolean }) => string | null;
  session?: string;
} = {}): Promise<TestClient> {
  const seen: Seen[] = [];
  const replies = new Map<string, (message: Seen) => void>();
  const watchers = new Set<(message: Seen) => void>();
  const onReply = (message: Seen) => replies.get(message.parent.msg_id)?.(message);
  const onPublished = (message: Seen): void => {
    seen.push(message);
    for (const watch of [...watchers]) watch(message);
  };
  const published: TestClient["published"] = (fits) => {
    const { promise, resolve } = Promise.withResolvers<Seen>();
    const watch = (message: Seen): void => {
      if (!fits(message)) return;
      watchers.delete(watch);
      resolve(message);
    };
    watchers.add(watch);
    seen.forEach(watch);
    return promise;
  };
  const frames: TestClient["frames"] = (
    type,
    content,
    { metadata = {}, id = randomUUID(), key = connection.key } = {},
  ) => {
    const header = {
      msg_id: id,
      session,
      username: "test",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
    return [Buffer.from("<IDS|MSG>"), Buffer.from(signatureOf(key, parts)), ...parts];
  };
  const open = (channel: "shell" | "control" | "stdin" | "iopub", onMessage: (message: Seen) => void) =>
    connectZmtp(connection[`${channel}_port`], {
      type: channel === "iopub" ? "SUB" : "DEALER",
      identity: session,
      onMessage: (received) => onMessage(readMessage(received, connection.key)),
    });
  const channels: Record<"shell" | "control" | "stdin", ZmtpClient> = {
    shell: await open("shell", onReply),
    control: await open("control", onReply),
    stdin: await open("stdin", ({ content }) => {
      const value = onInput?.(content) ?? null;
      if (value !== null) void channels.stdin.send(frames("input_reply", { value }));
    }),
  };
  const iopub = await open("iopub", onPublished);
  await published(({ type }) => type === "iopub_welcome");

  const request: TestClient["request"] = async (type, content = {}, { channel = "shell", ...options } = {}) => {
    const id = randomUUID();
    const reply = Promise.withResolvers<Seen>();
    replies.set(id, reply.resolve);
    const idle = published((message) => message.parent.msg_id === id && message.content.execution_state === "idle");
    await channels[channel].send(frames(type, content, { ...options, id }));
    const [{ content: answer }] = await Promise.all([reply.promise, idle]);
    const own = seen.filter(({ type, parent }) => parent.msg_id === id && !/^(status|execute_input)$/.test(type));
    return { id, reply: answer, outputs: own.map(({ type, content }) => ({ type, content })) };
  };
  return {
    seen,
    request,
    execute: (code, content = {}) => request("execute_request", { code, ...content }),
    published,
    frames,
    sendRaw: (channel, raw) => channels[channel].send(raw),
    [Symbol.asyncDispose]: async () => {
      for (const channel of [...Object.values(channels), iopub]) await channel[Symbol.asyncDispose]();
    },
  };
}

function readMessage(frames: Buffer[], key: string): Seen {
  const [signature, ...parts] = frames.slice(frames.findIndex((frame) => String(frame) === "<IDS|MSG>") + 1);
  if (String(signature) !== signatureOf(key, parts.slice(0, 4))) {
    throw new Error("A message of the kernel is not signed");
  }
  const [header, parent, metadata, content] = parts.slice(0, 4).map((part) => JSON.parse(String(part)));
  return { type: header.msg_type, content, header, parent, metadata, buffers: parts.slice(4) };
}

function signatureOf(key: string, parts: readonly Buffer[]): string {
  if (key === "") return "";
  return parts.reduce((hmac, part) => hmac.update(part), createHmac("sha256", key)).digest("hex");
}
