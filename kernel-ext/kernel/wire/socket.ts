import { encodeMessage } from "./frames.ts";
import type { SocketType } from "./handshake.ts";
import { closeQuietly, createOutbox, type Outbox } from "./outbox.ts";
import { createPeer, type PeerEvent } from "./peer.ts";

/** A peer that is connected and ready. */
export interface Link {
  /** What it calls itself, one character a byte; empty where it has no name. */
  readonly identity: string;
  /** Sends it a message; returns false where too much waits for it already, and the message is dropped. */
  send(frames: readonly Uint8Array[]): boolean;
  /** Whether it has subscribed to a topic. */
  wants(topic: string): boolean;
}

/** A ZMTP socket that peers connect to. */
export interface Socket extends AsyncDisposable {
  /** The peers that are ready now. */
  links(): Link[];
}

/** What a socket is opened with. */
export interface SocketOptions {
  type: SocketType;
  /** Bytes that a message of a peer may have; a larger one ends its connection. */
  maxMessageBytes: number;
  /** Bytes that may wait for a peer that reads slowly. */
  maxWaitingBytes: number;
  onMessage?(link: Link, frames: Uint8Array[]): void;
  onSubscribe?(link: Link, topic: string): void;
  /** Is told why a connection was ended. */
  onRefused(reason: string): void;
}

/**
 * Serves a socket, until it is disposed of. What one peer does wrong ends its own connection alone.
 *
 * @param listener Where peers connect.
 * @param options Its type, limits and listeners.
 */
export function serveSocket(listener: Deno.Listener, options: SocketOptions): Socket {
  const served = new Map<Deno.Conn, Served>();
  const accept = async (): Promise<void> => {
    for await (const connection of listener) {
      const one = serve(connection, options);
      served.set(connection, one);
      one.over.finally(() => served.delete(connection));
    }
  };
  const accepting = accept();
  return {
    links: () => [...served.values()].flatMap(({ link }) => link() ?? []),
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      await withinMs(FLUSH_MS, Promise.all([...served.values()].map(({ outbox }) => outbox.flushed())));
      for (const connection of served.keys()) closeQuietly(connection);
      await Promise.all([...served.values()].map(({ over }) => over));
    },
  };
}

interface Served {
  outbox: Outbox;
  /** The peer, once it is ready. */
  link(): Link | null;
  over: Promise<void>;
}

function serve(connection: Deno.Conn, options: SocketOptions): Served {
  const outbox = createOutbox(connection, { maxBytes: options.maxWaitingBytes });
  const peer = createPeer(options.type, { maxBytes: options.maxMessageBytes });
  const topics = new Set<string>();
  let link: Link | null = null;
  const take = (event: PeerEvent): void => {
    switch (event.kind) {
      case "send":
        return void outbox.send(event.bytes);
      case "ready":
        link = linkOf(event.identity, outbox, topics);
        return;
      case "message":
        return options.onMessage?.(link!, event.frames);
      case "subscribe":
        topics.add(event.topic);
        return options.onSubscribe?.(link!, event.topic);
      case "cancel":
        topics.delete(event.topic);
    }
  };
  const read = async (): Promise<void> => {
    const silent = setTimeout(() => link ?? closeQuietly(connection), READY_MS);
    try {
      if ("setNoDelay" in connection) (connection as Deno.TcpConn).setNoDelay();
      outbox.send(peer.hello);
      for await (const chunk of chunksOf(connection)) peer.receive(chunk).forEach(take);
    } catch (error) {
      if (!isGone(error)) options.onRefused(error instanceof Error ? error.message : String(error));
    } finally {
      link = null;
      clearTimeout(silent);
      closeQuietly(connection);
    }
  };
  return { outbox, link: () => link, over: read() };
}

function linkOf(identity: string, outbox: Outbox, topics: ReadonlySet<string>): Link {
  return {
    identity,
    send: (frames) => outbox.send(encodeMessage(frames)),
    wants: (topic) => [...topics].some((start) => topic.startsWith(start)),
  };
}

async function* chunksOf(connection: Deno.Conn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(READ_BYTES);
  for (let size = await connection.read(buffer); size !== null; size = await connection.read(buffer)) {
    yield buffer.slice(0, size);
  }
}

function isGone(error: unknown): boolean {
  const { BadResource, ConnectionReset, BrokenPipe, Interrupted, ConnectionAborted } = Deno.errors;
  return [BadResource, ConnectionReset, BrokenPipe, Interrupted, ConnectionAborted].some((kind) => {
    return error instanceof kind;
  });
}

async function withinMs(limitMs: number, promise: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, limitMs);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer);
}

const READ_BYTES = 65_536;
/** For a peer to say what it is. */
const READY_MS = 30_000;
/** For what still waits when the socket is closed, the reply to a shutdown for one. */
const FLUSH_MS = 1_000;
