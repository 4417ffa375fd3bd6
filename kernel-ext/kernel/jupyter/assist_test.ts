import { expect, test } from "vitest";
import type { Language } from "../../language/mod.ts";
import { createAssist } from "./assist.ts";
import type { Content, Request } from "./channels.ts";
import type { ExecuteRequest } from "./execute_request.ts";

const REQUEST = { message: { header: { msg_id: "1" } } } as unknown as Request;
const asked = (cellId: string, code: string, deletedCells: string[] = []): ExecuteRequest => {
  return { code, cellId, deletedCells, silent: false, storeHistory: true, allowInput: false, expressions: {} };
};

/** Assistance by a language that tells what it was asked. */
function makeAssist(answers: Partial<Language> = {}) {
  const told: unknown[] = [];
  const published: [string, Content][] = [];
  const language: Language = {
    ran: (cellId, source) => void told.push([cellId, source]),
    complete: () => Promise.resolve({ start: 0, end: 0, items: [] }),
    inspect: () => Promise.resolve(null),
    diagnose: () => Promise.resolve([]),
    started: true,
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...answers,
  };
  const notes: string[] = [];
  const assist = createAssist({
    openLanguage: () => Promise.resolve(language),
    publish: (type, content) => published.push([type, content]),
    onNote: (text) => notes.push(text),
  });
  return { assist, told, published, notes };
}

test("complete() asks in UTF-16 units and answers in code points", async () => {
  const offsets: number[] = [];
  const { assist } = makeAssist({
    complete: (_, offset) => {
      offsets.push(offset);
      return Promise.resolve({ start: 3, end: 5, items: [{ text: "abc", kind: "function", detail: "() => void" }] });
    },
  });
  expect(await assist.complete({ code: "😀;ab", cursor_pos: 4 })).toEqual({
    status: "ok",
    matches: ["abc"],
    cursor_start: 2,
    cursor_end: 4,
    metadata: {
      _jupyter_types_experimental: [{ start: 2, end: 4, text: "abc", type: "function", signature: "() => void" }],
    },
  });
  expect(offsets).toEqual([5]);
});

test("complete() and inspect() answer that nothing is known where the language fails, and say why", async () => {
  const fail = () => Promise.reject(new Error("Cannot answer as the language server must run: it is gone"));
  const { assist, notes } = makeAssist({ complete: fail, inspect: fail });
  expect(await assist.complete({ code: "😀", cursor_pos: 1 })).toEqual({
    status: "ok",
    matches: [],
    cursor_start: 1,
    cursor_end: 1,
    metadata: {},
  });
  expect(await assist.inspect({ code: "a", cursor_pos: 1 })).toEqual({
    status: "ok",
    found: false,
    data: {},
    metadata: {},
  });
  expect(notes).toHaveLength(2);
  expect(notes[0]).toContain("it is gone");
});

test("inspect() answers as Markdown and as text", async () => {
  const { assist } = makeAssist({ inspect: () => Promise.resolve({ markdown: "`a`", plain: "a" }) });
  expect(await assist.inspect({ code: "a", cursor_pos: 0 })).toEqual({
    status: "ok",
    found: true,
    data: { "text/markdown": "`a`", "text/plain": "a" },
    metadata: {},
  });
});

test("ran() opens nothing by itself; what ran before is told when the first question opens the language", async () => {
  const { assist, told } = makeAssist();
  await assist.ran(REQUEST, asked("a", "1"));
  await assist.ran(REQUEST, asked("b", "2"));
  await assist.ran(REQUEST, asked("a", "3", ["b", "never there"]));
  expect(told).toEqual([]);
  await assist.complete({ code: "", cursor_pos: 0 });
  expect(told).toEqual([["a", "3"]]);
  await assist.ran(REQUEST, asked("c", "4", ["a"]));
  expect(told).toEqual([["a", "3"], ["a", ""], ["c", "4"]]);
});

test("ran() shows what is wrong with the types of a cell once the server runs", async () => {
  const { assist, published } = makeAssist({
    diagnose: (_, source) =>
      Promise.resolve(
        source === "bad" ? [{ severity: "error", message: "no", line: 1, column: 2, endLine: 1, endColumn: 3 }] : [],
      ),
  });
  await assist.ran(REQUEST, asked("a", "bad"));
  expect(published).toEqual([]);
  await assist.inspect({ code: "", cursor_pos: 0 });
  await assist.ran(REQUEST, asked("a", "good"));
  expect(published).toEqual([]);
  await assist.ran(REQUEST, asked("a", "bad"));
  expect(published).toEqual([
    ["display_data", {
      data: {
        "text/plain": "Type error at 1:2: no",
        "text/html": expect.stringContaining("<div>Type error at 1:2: no</div>"),
      },
      metadata: {},
      transient: {},
    }],
  ]);
});
