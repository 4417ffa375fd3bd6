import { createCodec, type Header, type Message, type Received } from "../wire/message.ts";
import { type Link, serveSocket, type Socket, type SocketOptions } from "../wire/socket.ts";
import type { ChannelName, ConnectionFile } from "./connection_file.ts";

/** A request of a client. */
export interface Request {
  message: Received;
  /** Sends its reply, on the channel on which it came. */
  reply(content: Content): void;
  /** Names who asked, so that input is asked of the same. */
  identity: string;
}

/** The content of a message: JSON values by name. */
export type Content = Record<string, unknown>;

/** What a message has beside its content. */
export type Extra = Pick<Message, "metadata" | "buffers">;

/** The channels of a kernel. */
export interface Channels extends AsyncDisposable {
  /** Tells all clients something that belongs to a request. */
  publish(type: string, content: Content, parent: Header, extra?: Extra): void;
  /** Asks the client of a request for input, on its stdin channel; returns false where it has none. */
  ask(request: Request, content: Content): boolean;
}

/** What is told of what comes in. */
export interface ChannelListeners {
  onShell(request: Request): void;
  onControl(request: Request): void;
  /** Is told the answer to what was asked. */
  onInput(identity: string, content: Content): void;
  /** Is told what went wrong with a client. */
  onNote(text: string): void;
}

/**
 * Listens on the channels of a connection file.
 *
 * @param connection Transport, ports and key.
 * @param listeners Are told requests.
 * @throws {Deno.errors.AddrInUse} When a port is taken.
 */
export function openChannels(connection: ConnectionFile, listeners: ChannelListeners): Channels {
  const codec = createCodec(connection.key);
  const session = crypto.randomUUID();
  const slow = new WeakSet<Link>();
  const encode = (type: string, content: Content, parent: Header | null, route: Uint8Array[], extra = NO_EXTRA) => {
    const header = headerOf(session, type);
    return codec.encode({ header, parent: parent ?? {}, content, ...extra }, route);
  };
  const send = (link: Link, frames: Uint8Array[]): void => {
    if (link.send(frames)) slow.delete(link);
    else if (!slow.has(link)) {
      slow.add(link);
      listeners.onNote("A client reads too slowly: messages to it are lost until it catches up");
    }
  };
  const takeWith = (name: ChannelName, take: (received: Received, link: Link) => void) => {
    return (link: Link, frames: Uint8Array[]): void => {
      const received = attempt(() => codec.decode(frames), (reason) => listeners.onNote(`${name}: ${reason}`));
      if (received) take(received, link);
    };
  };
  const requestsTo = (name: ChannelName, take: (request: Request) => void) =>
    takeWith(name, (message, link) => {
      const type = message.header.msg_type.replace(/_request$/, "_reply");
      const reply = (content: Content) => send(link, encode(type, content, message.header, message.route));
      take({ message, reply, identity: link.identity });
    });
  const open = (name: ChannelName, options: Pick<SocketOptions, "type" | "onMessage" | "onSubscribe">): Socket =>
    serveSocket(listen(connection, name), {
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxWaitingBytes: MAX_WAITING_BYTES,
      onRefused: (reason) => listeners.onNote(`${name}: ${reason}`),
      ...options,
    });
  const sockets = new AsyncDisposableStack();
  const iopub = sockets.use(open("iopub", {
    type: "XPUB",
    onSubscribe: (link, topic) => {
      send(link, encode("iopub_welcome", { subscription: topic }, null, [topicOf("iopub_welcome")]));
    },
  }));
  const stdin = sockets.use(open("stdin", {
    type: "ROUTER",
    onMessage: takeWith("stdin", ({ header, content }, link) => {
      if (header.msg_type === "input_reply") listeners.onInput(link.identity, content);
    }),
  }));
  sockets.use(open("hb", { type: "REP", onMessage: (link, frames) => void link.send(frames) }));
  sockets.use(open("control", { type: "ROUTER", onMessage: requestsTo("control", listeners.onControl) }));
  sockets.use(open("shell", { type: "ROUTER", onMessage: requestsTo("shell", listeners.onShell) }));
  return {
    publish: (type, content, parent, extra) => {
      const topic = `kernel.${type}`;
      const frames = encode(type, content, parent, [topicOf(topic)], extra);
      for (const link of iopub.links()) if (link.wants(topic)) send(link, frames);
    },
    ask: ({ identity, message }, content) => {
      const links = stdin.links().filter((other) => other.identity === identity);
      // Clients without a name cannot be told apart.
      const link = identity === "" && links.length > 1 ? undefined : links.at(-1);
      if (link) send(link, encode("input_request", content, message.header, message.route));
      return link !== undefined;
    },
    [Symbol.asyncDispose]: () => sockets.disposeAsync(),
  };
}

/** What a client may send in one message: far more than a cell, far less than memory. */
const MAX_MESSAGE_BYTES = 64 * 2 ** 20;
/** What may wait for a client that reads slowly. */
const MAX_WAITING_BYTES = 64 * 2 ** 20;
const NO_EXTRA: Extra = { metadata: {}, buffers: [] };
const PROTOCOL_VERSION = "5.4";

function headerOf(session: string, type: string): Header {
  const date = new Date().toISOString();
  return { msg_id: crypto.randomUUID(), session, username: "kernel", date, msg_type: type, version: PROTOCOL_VERSION };
}

function topicOf(topic: string): Uint8Array {
  return new TextEncoder().encode(topic);
}

function listen({ transport, ip, ports }: ConnectionFile, name: ChannelName): Deno.Listener {
  if (transport === "ipc") return Deno.listen({ transport: "unix", path: `${ip}-${ports[name]}` });
  return Deno.listen({ hostname: ip, port: ports[name] });
}

function attempt<T>(make: () => T, onError: (reason: string) => void): T | null {
  try {
    return make();
  } catch (error) {
    onError(error instanceof Error ? error.message : String(error));
    return null;
  }
}
