import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeMessages, encodeMessage } from "./framing.ts";

async function decode(chunks: Uint8Array[]): Promise<unknown[]> {
  return await Array.fromAsync(decodeMessages(async function* () {
    yield* chunks;
  }()));
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("decodeMessages() reads what encodeMessage() writes, however it is cut", async () => {
  const messages = fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(messages, fc.array(fc.nat(50), { maxLength: 20 }), async (messages, cuts) => {
    // JSON has no -0 of its own.
    const known = JSON.parse(JSON.stringify(messages)) as object[];
    const all = new Uint8Array(known.flatMap((message) => [...encodeMessage(message)]));
    const chunks: Uint8Array[] = [];
    let at = 0;
    for (const cut of cuts) chunks.push(all.subarray(at, at += cut));
    expect(await decode([...chunks, all.subarray(at)])).toEqual(known);
  }));
});

test("decodeMessages() takes other heads, and drops what the end cuts off", async () => {
  const head = "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:  2 \r\n\r\n";
  expect(await decode([bytes(`${head}{}${head}{`)])).toEqual([{}]);
  expect(await decode([bytes("Content-Len")])).toEqual([]);
  expect(await decode([])).toEqual([]);
});

test("decodeMessages() joins a large message once", async () => {
  const text = "x".repeat(3 * 2 ** 20);
  const all = encodeMessage({ text });
  const chunks = Array.from({ length: Math.ceil(all.length / 4096) }, (_, n) => all.subarray(n * 4096, (n + 1) * 4096));
  expect(await decode(chunks)).toEqual([{ text }]);
});

test("decodeMessages() refuses what is no message", async () => {
  const table: [text: string, error: typeof Error, message: string][] = [
    ["Content-Type: x\r\n\r\n{}", SyntaxError, `its head must tell its length: got "Content-Type: x"`],
    ["Content-Length: 999999999999\r\n\r\n", RangeError, "256 MiB are the limit: it has 999999999999 bytes"],
    ["Content-Length: 2\r\n\r\n{x", SyntaxError, "it must be JSON"],
    ["x".repeat(5_000), SyntaxError, "it must have a head: it has none"],
  ];
  for (const [text, error, message] of table) {
    const failed = decode([bytes(text)]);
    await expect(failed, message).rejects.toThrow(error);
    await expect(decode([bytes(text)]), message).rejects.toThrow(message);
  }
});
