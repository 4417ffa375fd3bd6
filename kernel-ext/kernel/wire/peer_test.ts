import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeCommand, encodeMessage } from "./frames.ts";
import { createPeer, type PeerEvent } from "./peer.ts";
import type { SocketType } from "./handshake.ts";

const TEXT = new TextEncoder();

function greetingOf({ minor = 1, mechanism = "NULL" } = {}): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, minor, ...TEXT.encode(mechanism)]);
  return bytes;
}

function readyOf(properties: Record<string, string>): Uint8Array {
  const data = Object.entries(properties).flatMap(([name, value]) => {
    return [name.length, ...TEXT.encode(name), 0, 0, 0, value.length, ...TEXT.encode(value)];
  });
  return encodeCommand("READY", Uint8Array.from(data));
}

/** The events of a peer that sends these pieces. */
function eventsOf(type: SocketType, pieces: readonly Uint8Array[], maxBytes = 1_000): PeerEvent[] {
  const peer = createPeer(type, { maxBytes });
  return pieces.flatMap((piece) => peer.receive(piece));
}

const DEALER = [greetingOf(), readyOf({ "Socket-Type": "DEALER", Identity: "me" })];
const SUB = [greetingOf(), readyOf({ "Socket-Type": "SUB" })];

test("createPeer() greets as ZMTP 3.1 with mechanism NULL", () => {
  const { hello } = createPeer("ROUTER", { maxBytes: 1 });
  expect(hello.length).toBe(64);
  expect([...hello.subarray(0, 16)]).toEqual([0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 1, 78, 85, 76, 76]);
});

test("createPeer() answers a greeting by READY and takes the peer's name", () => {
  const [ready, ...rest] = eventsOf("ROUTER", DEALER);
  expect(ready).toEqual({ kind: "send", bytes: readyOf({ "Socket-Type": "ROUTER", Identity: "" }) });
  expect(rest).toEqual([{ kind: "ready", identity: "me" }]);
});

test("createPeer() takes messages of several frames, however they are cut", () => {
  const frames = [TEXT.encode("a"), new Uint8Array(), TEXT.encode("bc")];
  const all = Uint8Array.from([...DEALER[0]!, ...DEALER[1]!, ...encodeMessage(frames), ...encodeMessage(frames)]);
  fc.assert(fc.property(fc.array(fc.nat({ max: all.length }), { maxLength: 10 }), (ends) => {
    const cuts = [0, ...ends.sort((a, b) => a - b), all.length];
    const pieces = cuts.slice(1).map((end, index) => all.slice(cuts[index], end));
    expect(eventsOf("ROUTER", pieces).slice(2)).toEqual([{ kind: "message", frames }, { kind: "message", frames }]);
  }));
});

test("createPeer() takes subscriptions as commands and as messages", () => {
  const events = eventsOf("XPUB", [
    ...SUB,
    encodeCommand("SUBSCRIBE", TEXT.encode("kernel")),
    encodeCommand("CANCEL", TEXT.encode("kernel")),
    encodeMessage([TEXT.encode("\x01old")]),
    encodeMessage([TEXT.encode("\x00old")]),
    encodeMessage([TEXT.encode("\x07neither")]),
    encodeMessage([new Uint8Array()]),
  ]);
  expect(events.slice(2)).toEqual([
    { kind: "subscribe", topic: "kernel" },
    { kind: "cancel", topic: "kernel" },
    { kind: "subscribe", topic: "old" },
    { kind: "cancel", topic: "old" },
  ]);
});

test("createPeer() answers PING with the context that it carries, and takes no notice of unknown commands", () => {
  const ping = encodeCommand("PING", Uint8Array.of(0, 100, 7, 8));
  expect(eventsOf("REP", [greetingOf(), readyOf({ "Socket-Type": "REQ" }), ping, encodeCommand("NEW")]).slice(2))
    .toEqual([
      { kind: "send", bytes: encodeCommand("PONG", Uint8Array.of(7, 8)) },
    ]);
});

test.each<[string, SocketType, Uint8Array[], typeof Error, string]>([
  ["HTTP", "ROUTER", [TEXT.encode("GET / HTTP/1.1\r\n")], SyntaxError, "it must speak ZMTP: its first byte is 71"],
  [
    "another signature",
    "ROUTER",
    [greetingOf().with(9, 0)],
    SyntaxError,
    "Cannot greet peer as it must speak ZMTP: its signature is another one",
  ],
  ["ZMTP 2", "ROUTER", [greetingOf().with(10, 1)], SyntaxError, "it must speak ZMTP 3 or later: it speaks 1"],
  ["CURVE", "ROUTER", [greetingOf({ mechanism: "CURVE" })], SyntaxError, "its mechanism must be NULL"],
  ["a message before READY", "REP", [greetingOf(), encodeMessage([TEXT.encode("x")])], SyntaxError, "READY must come"],
  ["a cut property", "ROUTER", [greetingOf(), encodeCommand("READY", Uint8Array.of(9, 1))], SyntaxError, "is cut off"],
  [
    "a property that is longer than all",
    "ROUTER",
    [greetingOf(), encodeCommand("READY", Uint8Array.of(1, 65, 255, 255, 255, 255))],
    SyntaxError,
    "Cannot read READY as each property must be whole: the one at byte 0 is cut off",
  ],
  [
    "a socket of the wrong type",
    "XPUB",
    [greetingOf(), readyOf({ "Socket-Type": "DEALER" })],
    TypeError,
    `Cannot talk to peer as a XPUB talks to SUB and XSUB: it is "DEALER"`,
  ],
  ["no type", "REP", [greetingOf(), readyOf({})], TypeError, `it is ""`],
  [
    "a message of too many bytes",
    "ROUTER",
    [...DEALER, encodeMessage([new Uint8Array(600), new Uint8Array(600)])],
    RangeError,
    "Cannot take message as it must have at most 1000 bytes",
  ],
  [
    "frames without end",
    "ROUTER",
    [...DEALER, encodeMessage(Array.from({ length: 100 }, () => new Uint8Array()))],
    RangeError,
    "Cannot take message as it must have at most 1000 bytes",
  ],
])("createPeer() refuses %s", (_, type, pieces, kind, message) => {
  expect(() => eventsOf(type, pieces)).toThrow(kind);
  expect(() => eventsOf(type, pieces)).toThrow(message);
});

test("createPeer() refuses or takes any bytes, before and behind its handshake, and fails in no other way", () => {
  const garbage = fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 5 });
  fc.assert(fc.property(garbage, fc.boolean(), fc.boolean(), (pieces, greeted, ready) => {
    try {
      eventsOf("ROUTER", [...(greeted ? [DEALER[0]!] : []), ...(greeted && ready ? [DEALER[1]!] : []), ...pieces]);
    } catch (error) {
      expect((error as Error).message).toMatch(/^Cannot (take|greet|read|talk) /);
    }
  }));
});
