import fc from "fast-check";
import { expect, test } from "vitest";
import { readLetter, writeLetter } from "./_letter.ts";

const BYTES = 400;

function slotOf(): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(BYTES)).fill(0xaa);
}

const text = fc.string({ unit: "grapheme", maxLength: 40 });

test("readLetter() reads what writeLetter() has written, or none was written", () => {
  const slot = slotOf();
  fc.assert(fc.property(fc.jsonValue(), fc.array(text, { maxLength: 4 }), (value, texts) => {
    const head = JSON.parse(JSON.stringify(value)), isWritten = writeLetter(slot, { head, texts });
    expect(readLetter(slot)).toEqual(isWritten ? { head, texts } : null);
  }));
});

test("writeLetter() takes what certainly fits only", () => {
  const slot = slotOf(), texts = ["é".repeat(100)];
  expect(writeLetter(slot, { head: 1, texts })).toBe(true);
  expect(writeLetter(slot, { head: 1, texts: [...texts, ...texts] })).toBe(false);
  expect(readLetter(slot)).toBe(null);
});

test("writeLetter() leaves none in the slot when there is none", () => {
  const slot = slotOf();
  writeLetter(slot, { head: [], texts: [] });
  expect(writeLetter(slot, null)).toBe(false);
  expect(readLetter(slot)).toBe(null);
});
