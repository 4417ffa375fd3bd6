import { afterAll, beforeAll, expect, test } from "vitest";
import { makeWorkbench, type TempWorkbench } from "./_temp_workbench.ts";
import { type Child, startChild } from "./child.ts";
import type { AnswerInput } from "./session.ts";

let bench: TempWorkbench;
let child: Child;

beforeAll(async () => {
  bench = await makeWorkbench();
  child = await startChild({ root: bench.root, cwd: bench.cwd, permissions: [] });
});
afterAll(async () => {
  await child[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

/** Runs a cell whose questions are answered from a list; gives its value and what it asked. */
async function answer(source: string, ...answers: string[]) {
  const asked: [prompt: string, password: boolean][] = [];
  const onInput: AnswerInput = ({ prompt, password }) => {
    asked.push([prompt, password]);
    return Promise.resolve(answers.shift()!);
  };
  const { outputs } = await child.execute("asks", source, { onInput });
  return { asked, shown: outputs.map((output) => "data" in output ? output.data["text/plain"] : output) };
}

test("prompt(), confirm() and alert() take what onInput answers, without any permission", async () => {
  const table: [source: string, answer: string, shown: unknown[], asked: string][] = [
    [`prompt("Name?")`, "Ann 🚤", [`"Ann 🚤"`], "Name? "],
    [`prompt("Name?", "Bob")`, "", [`"Bob"`], "Name? [Bob] "],
    [`prompt("Name?", "Bob")`, "Eve", [`"Eve"`], "Name? [Bob] "],
    [`prompt("Name?")`, "", [`""`], "Name? "],
    [`confirm("Sure?")`, "y", ["true"], "Sure? [y/N] "],
    [`confirm("Sure?")`, "", ["false"], "Sure? [y/N] "],
    [`alert("Look")`, "", [], "Look [Enter] "],
    [`prompt("long")!.length`, "é".repeat(100_000), ["100000"], "long "],
  ];
  for (const [source, given, shown, asked] of table) {
    expect(await answer(source, given), source).toEqual({ shown, asked: [[asked, false]] });
  }
});

test("prompt() can ask for a password, and one cell asks several times", async () => {
  expect(await answer(`prompt("Key?", undefined, { password: true })`, "s")).toEqual({
    shown: [`"s"`],
    asked: [["Key? ", true]],
  });
  expect((await answer(`prompt("a")! + prompt("b")`, "1", "2")).shown).toEqual([`"12"`]);
});

test("a question shows what was printed before it", async () => {
  const told: string[] = [];
  await child.execute("a", `console.log("first"); prompt("?")`, {
    onOutput: ({ kind }) => void told.push(kind),
    onInput: () => Promise.resolve(told.join()),
  });
  expect(told).toEqual(["stream", "display"]);
});

test("a question that nobody answers is an error of the cell", async () => {
  const { error } = await child.execute("a", `\nprompt("Name?")`);
  expect(error).toMatchObject({
    name: "Error",
    message: `Cannot ask "Name? " as someone must be there to answer: this run has no front-end; make it a parameter`,
    cell: "a",
    line: 2,
  });
  const { error: refused } = await child.execute("a", `confirm()`, {
    onInput: () => Promise.reject(new TypeError("the client does not allow stdin")),
  });
  expect(refused).toMatchObject({ name: "Error", message: "the client does not allow stdin" });
});

test("interrupt() ends a cell that waits for an answer, and a later answer is not taken for another question's", async () => {
  await child.execute("state", "const kept = 5");
  const asked = Promise.withResolvers<AbortSignal>();
  const late = Promise.withResolvers<string>();
  const running = child.execute("a", `\n  prompt("Name?")`, {
    onInput: ({ signal }) => {
      asked.resolve(signal);
      return late.promise;
    },
  });
  const signal = await asked.promise;
  await child.interrupt();
  expect(signal.aborted).toBe(true);
  expect((await running).error).toEqual({
    name: "Interrupted",
    message: "the cell was interrupted",
    cell: "a",
    line: 2,
    column: 3,
  });
  late.resolve("too late");
  expect((await answer(`prompt("Again?")! + kept`, "fresh")).shown).toEqual([`"fresh5"`]);
});

test("a cell may call its own variables prompt, confirm and alert", async () => {
  expect(
    (await answer(
      `const prompt = "p"; const confirm = "c"; function alert() { return "a" }\nprompt + confirm + alert()`,
    )).shown,
  )
    .toEqual([`"pca"`]);
});
