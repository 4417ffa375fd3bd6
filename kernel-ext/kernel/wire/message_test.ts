import fc from "fast-check";
import { expect, test } from "vitest";
import { createCodec, type Message } from "./message.ts";

const TEXT = new TextEncoder();
const MESSAGE: Message = {
  header: { msg_id: "1", msg_type: "execute_request", session: "s", username: "u", version: "5.3" },
  parent: {},
  metadata: { cellId: "a" },
  content: { code: "const ü = '😀'" },
  buffers: [Uint8Array.of(1, 2)],
};

test("createCodec() reads what it writes, with the route in front", () => {
  for (const key of ["", "secret"]) {
    const codec = createCodec(key);
    const route = [TEXT.encode("peer")];
    const { route: back, ...message } = codec.decode(codec.encode(MESSAGE, route));
    expect(message).toEqual(MESSAGE);
    expect(back).toEqual(route);
  }
});

test("createCodec() signs the four parts with HMAC-SHA256, as hex", () => {
  // echo -n '{}{}{}{}' | openssl dgst -sha256 -hmac key
  const empty = { header: {}, parent: {}, metadata: {}, content: {}, buffers: [] } as unknown as Message;
  const [delimiter, signature] = createCodec("key").encode(empty);
  expect(String(delimiter)).toBe("<IDS|MSG>");
  expect(String(signature)).toBe("ca767b02c5bc061ed184a9a029e7f93a7f2f7ed4e8fe74120fc1212f0b008fa3");
  expect(String(createCodec("").encode(empty)[1])).toBe("");
});

test("createCodec() refuses a message whose signature or any part was changed", () => {
  const codec = createCodec("secret");
  const frames = codec.encode({ ...MESSAGE, buffers: [] });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (index, at, bits) => {
      const changed = frames.map((frame) => Uint8Array.from(frame));
      const frame = changed[index]!;
      frame[at % frame.length]! ^= bits;
      expect(() => codec.decode(changed)).toThrow(
        new RangeError("Cannot take message as it must be signed with the key: its signature differs"),
      );
    }),
  );
  for (const other of [createCodec("other"), createCodec("")]) {
    expect(() => codec.decode(other.encode(MESSAGE))).toThrow(RangeError);
  }
});

test("createCodec() without a key takes any signature", () => {
  expect(createCodec("").decode(createCodec("other").encode(MESSAGE)).content).toEqual(MESSAGE.content);
});

test.each<[string, string[], typeof Error, string]>([
  ["no delimiter", ["a", "b"], SyntaxError, "must have a delimiter and 5 frames: got 2 frames"],
  ["too few frames", ["<IDS|MSG>", "", "{}", "{}"], SyntaxError, "got 4 frames"],
  ["a part that is no JSON", ["<IDS|MSG>", "", "{", "{}", "{}", "{}"], SyntaxError, "its parts must be JSON in UTF-8"],
  ["a part that is a list", ["<IDS|MSG>", "", "{}", "[]", "{}", "{}"], TypeError, "its parts must be JSON objects"],
  ["no id", ["<IDS|MSG>", "", "{}", "{}", "{}", "{}"], TypeError, `"msg_id" must be text: got undefined`],
  ["no type", ["<IDS|MSG>", "", `{"msg_id": "1", "msg_type": 5}`, "{}", "{}", "{}"], TypeError, "got number"],
])("createCodec() refuses %s", (_, frames, kind, message) => {
  const decode = () => createCodec("").decode(frames.map((frame) => TEXT.encode(frame)));
  expect(decode).toThrow(kind);
  expect(decode).toThrow(message);
});

test("createCodec() refuses any other frames by its own words", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 8 }), (frames) => {
    expect(() => createCodec("").decode([TEXT.encode("<IDS|MSG>"), ...frames])).toThrow(/^Cannot take message as /);
  }));
});
