import { encodeCommand, latin1 } from "./frames.ts";

/** What a socket of ours is, and so who may connect to it (https://rfc.zeromq.org/spec/28 and 29). */
export type SocketType = "ROUTER" | "XPUB" | "REP";

const PEERS: Record<SocketType, readonly string[]> = {
  ROUTER: ["DEALER", "REQ", "ROUTER"],
  XPUB: ["SUB", "XSUB"],
  REP: ["REQ", "DEALER"],
};

/** Bytes of a greeting. */
export const GREETING_BYTES = 64;

/** Our greeting: ZMTP 3.1, mechanism NULL. */
export function greeting(): Uint8Array {
  const bytes = new Uint8Array(GREETING_BYTES);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1]);
  bytes.set(TEXT.encode("NULL"), MECHANISM_AT);
  return bytes;
}

/**
 * Checks a greeting, or as much of it as has come.
 *
 * @throws {SyntaxError} When it is not that of a ZMTP 3.x peer without security.
 */
export function checkGreeting(bytes: Uint8Array): void {
  const refuse = (rule: string): never => {
    throw new SyntaxError(`Cannot greet peer as ${rule}`);
  };
  if (bytes.length > 0 && bytes[0] !== 0xff) refuse(`it must speak ZMTP: its first byte is ${bytes[0]}`);
  if (bytes.length > 9 && bytes[9] !== 0x7f) refuse("it must speak ZMTP: its signature is another one");
  if (bytes.length > 10 && bytes[10]! < 3) refuse(`it must speak ZMTP 3 or later: it speaks ${bytes[10]}`);
  if (bytes.length < MECHANISM_AT + MECHANISM_BYTES) return;
  const mechanism = bytes.subarray(MECHANISM_AT, MECHANISM_AT + MECHANISM_BYTES);
  if (new TextDecoder().decode(mechanism).replace(/\0+$/, "") !== "NULL") {
    refuse("its mechanism must be NULL: messages are signed instead");
  }
}

/** The READY command of a socket. */
export function encodeReady(type: SocketType): Uint8Array {
  const identity = type === "ROUTER" ? property("Identity", "") : [];
  return encodeCommand("READY", Uint8Array.from([...property("Socket-Type", type), ...identity]));
}

/**
 * Reads the READY command of a peer.
 *
 * @returns Its identity as one character a byte; empty where it has none.
 * @throws {SyntaxError} When its properties cannot be read.
 * @throws {TypeError} When a socket of its type cannot talk to ours.
 */
export function readReady(data: Uint8Array, type: SocketType): string {
  const properties = readProperties(data);
  const peer = properties.get("socket-type") ?? "";
  if (!PEERS[type].includes(peer)) {
    throw new TypeError(`Cannot talk to peer as a ${type} talks to ${PEERS[type].join(" and ")}: it is "${peer}"`);
  }
  return properties.get("identity") ?? "";
}

const TEXT = new TextEncoder();
const MECHANISM_AT = 12;
const MECHANISM_BYTES = 20;

function property(name: string, value: string): number[] {
  return [name.length, ...TEXT.encode(name), 0, 0, 0, value.length, ...TEXT.encode(value)];
}

function readProperties(data: Uint8Array): Map<string, string> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const properties = new Map<string, string>();
  for (let at = 0; at < data.length;) {
    const nameEnd = at + 1 + data[at]!;
    if (nameEnd + 4 > data.length) throw cutOff(at);
    const end = nameEnd + 4 + view.getUint32(nameEnd);
    if (end > data.length) throw cutOff(at);
    properties.set(latin1(data.subarray(at + 1, nameEnd)).toLowerCase(), latin1(data.subarray(nameEnd + 4, end)));
    at = end;
  }
  return properties;
}

function cutOff(at: number): SyntaxError {
  return new SyntaxError(`Cannot read READY as each property must be whole: the one at byte ${at} is cut off`);
}
