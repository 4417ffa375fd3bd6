import { expect, test } from "vitest";
import { Problem } from "./problem.ts";
import { MAX_DEPTH, readJson } from "./read_json.ts";

const LIMITS = { maxBytes: 1000, types: ["application/json"] };

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  const all = { "content-type": "application/json", ...headers };
  return new Request("http://127.0.0.1/", { method: "POST", body, headers: all });
}

const stream = (chunks: string[], end = true) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      if (end) controller.close();
    },
  });

test("readJson() reads a body, of declared length or in chunks", async () => {
  expect(await readJson(post('{"a":[1]}', { "content-length": "9" }), LIMITS)).toEqual({ value: { a: [1] }, chars: 9 });
  expect((await readJson(post(stream(['{"ü"', ":1}"])), LIMITS)).value).toEqual({ ü: 1 });
  expect((await readJson(post("1", { "content-type": "Application/JSON; charset=utf-8" }), LIMITS)).value).toBe(1);
});

test("readJson() keeps __proto__ a plain key", async () => {
  const { value } = await readJson(post('{"__proto__":{"polluted":1}}'), LIMITS);
  expect(Object.keys(value as object)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
});

test.each<[string, () => Request, number, string]>([
  ["no JSON", () => post("{"), 400, "The body must be JSON: "],
  ["nothing", () => post(""), 400, "The body must be JSON: "],
  ["another type", () => post("1", { "content-type": "text/plain" }), 415, 'application/json: got "text/plain"'],
  ["no type", () => post("1", { "content-type": "" }), 415, "must be application/json: got none"],
  ["a declared flood", () => post("1", { "content-length": "1001" }), 413, "The body must be at most 1000 bytes"],
  ["a flood in chunks", () => post(stream(Array(101).fill('"123456789'))), 413, "The body must be at most 1000 bytes"],
  ["deep nesting", () => post("[".repeat(65) + "]".repeat(65)), 400, `must not be nested deeper than ${MAX_DEPTH}`],
])("readJson() refuses %s", async (_, request, status, message) => {
  const problem = await readJson(request(), LIMITS).then(() => null, (problem) => problem);
  expect(problem).toBeInstanceOf(Problem);
  expect([problem.status, problem.message]).toEqual([status, expect.stringContaining(message)]);
});

test("readJson() counts nesting, not brackets", async () => {
  const flat = JSON.stringify(Array.from({ length: 100 }, () => []));
  expect((await readJson(post(flat), LIMITS)).value).toHaveLength(100);
  const text = JSON.stringify(`\\"${"[".repeat(200)}`);
  expect((await readJson(post(text), LIMITS)).value).toContain("[[[");
});

test("readJson() gives up on a slow body", async () => {
  const slow = readJson(post(stream(["["], false)), { ...LIMITS, timeoutMs: 20 });
  await expect(slow).rejects.toThrow("The body must arrive within 20 ms");
  await expect(slow.catch((problem) => problem.status)).resolves.toBe(408);
});

test("readJson() says when a body breaks off", async () => {
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error("reset")) });
  await expect(readJson(post(broken), LIMITS)).rejects.toThrow("The body must arrive whole");
});
