import { createFrameReader, encodeCommand, type Frame, latin1, readCommand } from "./frames.ts";
import { checkGreeting, encodeReady, greeting, GREETING_BYTES, readReady, type SocketType } from "./handshake.ts";

/** What a peer did, or what it must be sent. */
export type PeerEvent =
  | { kind: "send"; bytes: Uint8Array }
  | { kind: "ready"; identity: string }
  | { kind: "message"; frames: Uint8Array[] }
  /** Topics are one character a byte. */
  | { kind: "subscribe" | "cancel"; topic: string };

/** The protocol with one peer, without its connection: bytes in, events out. */
export interface Peer {
  /** What is sent first. */
  hello: Uint8Array;
  /**
   * Takes the next bytes of the peer.
   *
   * @throws {SyntaxError | RangeError | TypeError} When it breaks the protocol; its connection is to be closed.
   */
  receive(chunk: Uint8Array): PeerEvent[];
}

/** Makes the protocol with a peer that has just connected to a socket of the given type. */
export function createPeer(type: SocketType, { maxBytes }: { maxBytes: number }): Peer {
  const reader = createFrameReader({ maxBytes });
  let greeted = new Uint8Array();
  let ready = false;
  let parts: Uint8Array[] = [];
  let bytes = 0;

  const takeMessage = ({ more, body }: Frame): PeerEvent[] => {
    parts.push(body);
    // An empty frame costs memory too.
    bytes += body.length + FRAME_COST;
    if (bytes > maxBytes) throw new RangeError(`Cannot take message as it must have at most ${maxBytes} bytes`);
    if (more) return [];
    const frames = parts;
    parts = [];
    bytes = 0;
    return type === "XPUB" ? subscription(frames) : [{ kind: "message", frames }];
  };
  const takeReady = ({ command, body }: Frame): PeerEvent[] => {
    const { name, data } = command ? readCommand(body) : { name: "message", data: body };
    if (name !== "READY") throw new SyntaxError(`Cannot take ${JSON.stringify(name)} as READY must come first`);
    ready = true;
    return [{ kind: "ready", identity: readReady(data, type) }];
  };
  const takeFrame = (frame: Frame): PeerEvent[] => {
    if (!ready) return takeReady(frame);
    return frame.command ? takeCommand(frame.body) : takeMessage(frame);
  };
  return {
    hello: greeting(),
    receive: (chunk) => {
      if (greeted.length === GREETING_BYTES) return reader.read(chunk).flatMap(takeFrame);
      const missing = GREETING_BYTES - greeted.length;
      greeted = Uint8Array.of(...greeted, ...chunk.subarray(0, missing));
      checkGreeting(greeted);
      if (greeted.length < GREETING_BYTES) return [];
      return [{ kind: "send", bytes: encodeReady(type) }, ...reader.read(chunk.subarray(missing)).flatMap(takeFrame)];
    },
  };
}

/** What a frame counts beside its bytes. */
const FRAME_COST = 64;
/** Of a PING, the time to live comes before its context. */
const TTL_BYTES = 2;
const MAX_CONTEXT_BYTES = 16;

function takeCommand(body: Uint8Array): PeerEvent[] {
  const { name, data } = readCommand(body);
  switch (name) {
    case "PING":
      return [{ kind: "send", bytes: encodeCommand("PONG", data.subarray(TTL_BYTES, TTL_BYTES + MAX_CONTEXT_BYTES)) }];
    case "SUBSCRIBE":
    case "CANCEL":
      return [{ kind: name === "SUBSCRIBE" ? "subscribe" : "cancel", topic: latin1(data) }];
    default:
      // Others of later versions change nothing for us.
      return [];
  }
}

/** Peers that speak ZMTP 3.0 subscribe by a message of one byte and the topic. */
function subscription([first]: Uint8Array[]): PeerEvent[] {
  if (first?.[0] === 1) return [{ kind: "subscribe", topic: latin1(first.subarray(1)) }];
  return first?.[0] === 0 ? [{ kind: "cancel", topic: latin1(first.subarray(1)) }] : [];
}
