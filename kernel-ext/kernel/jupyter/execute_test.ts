import { expect, test } from "vitest";
import { startKernel } from "./testdata/kernel.ts";

const stdout = (text: string) => ({ type: "stream", content: { name: "stdout", text } });

test("execute tells busy, input, outputs, reply and idle, each under the cell's own header", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const { id, reply, outputs } = await client.execute("console.log('a'); const x: number = 20;\nx + 1");
  expect(reply).toEqual({ status: "ok", execution_count: 1, user_expressions: {}, payload: [] });
  expect(outputs).toEqual([
    stdout("a\n"),
    {
      type: "execute_result",
      content: { execution_count: 1, data: { "text/plain": "21" }, metadata: {}, transient: {} },
    },
  ]);
  const own = client.seen.filter(({ parent }) => parent.msg_id === id);
  expect(own.map(({ type, content }) => content.execution_state ?? type)).toEqual([
    "busy",
    "execute_input",
    "stream",
    "execute_result",
    "idle",
  ]);
  expect(own[1]?.content).toEqual({ code: "console.log('a'); const x: number = 20;\nx + 1", execution_count: 1 });
  expect(own[1]?.header).toMatchObject({ msg_type: "execute_input", username: "kernel", version: "5.4" });
});

test("execute tells an error as output and as reply, with the line in the cell", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const table: [code: string, ename: string, evalue: string, place: string][] = [
    ["1;\nthrow new TypeError('no')", "TypeError", "no", "    at cell [1]:2:7"],
    ["const a = ;", "SyntaxError", "Expression expected", "    at cell [2]:1:11"],
  ];
  for (const [code, ename, evalue, place] of table) {
    const { reply, outputs } = await client.execute(code);
    expect(reply, code).toMatchObject({ status: "error", ename, evalue });
    expect(reply.traceback).toContain(place);
    expect(outputs, code).toEqual([{ type: "error", content: { ename, evalue, traceback: reply.traceback } }]);
  }
  const { outputs } = await client.execute("Promise.reject(new Error('late')); 0");
  expect(outputs[0]?.content).toMatchObject({ name: "stderr" });
  expect(outputs[0]?.content.text).toMatch(/^Unhandled rejection: Error: late\n {4}at cell \[3\]:1:16\n$/);
});

test("execute does not run what waits behind an error, unless told to, and runs what comes later", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  for (
    const [stop, statuses] of [[true, ["error", "aborted", "ok", "aborted"]], [false, ["error", "ok", "ok", "ok"]]]
  ) {
    const all = await Promise.all([
      client.execute("throw 1", { stop_on_error: stop }),
      client.execute("console.log('ran')"),
      client.request("comm_info_request"),
      client.execute("2"),
    ]);
    expect(all.map(({ reply }) => reply.status)).toEqual(statuses);
    expect(all[1]!.outputs).toEqual(stop ? [] : [stdout("ran\n")]);
    expect((await client.execute("3")).reply.status).toBe("ok");
  }
});

test("execute without store_history uses no number, and silent tells nothing but its reply", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  await client.execute("let n = 1");
  expect((await client.execute("n += 1", { store_history: false })).reply.execution_count).toBe(1);
  const silent = await client.execute("console.log(n += 1); throw new Error('no')", { silent: true });
  expect(silent.reply).toMatchObject({ status: "error", execution_count: 1, ename: "Error" });
  const told = client.seen.filter(({ parent }) => parent.msg_id === silent.id).map(({ type }) => type);
  expect(told).toEqual(["status", "status"]);
  expect((await client.execute("n")).outputs[0]?.content).toMatchObject({
    execution_count: 2,
    data: { "text/plain": "3" },
  });
});

test("execute evaluates user_expressions, each by itself", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const { reply } = await client.execute("const x = 2", { user_expressions: { twice: "x * 2", none: "y" } });
  expect(reply.user_expressions).toMatchObject({
    twice: { status: "ok", data: { "text/plain": "4" }, metadata: {} },
    none: { status: "error", ename: "ReferenceError", evalue: "y is not defined" },
  });
});

test("execute shows displays, updates them by id and clears", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const show = (text: string, options: string) => `await Deno.jupyter.display(Deno.jupyter.md\`${text}\`, ${options});`;
  const { outputs } = await client.execute(
    show("a", "{ display_id: 'i' }") + show("b", "{ display_id: 'i', update: true }") +
      "await Deno.jupyter.broadcast('clear_output', { wait: true });",
  );
  expect(outputs).toEqual([
    {
      type: "display_data",
      content: { data: { "text/markdown": "a", "text/plain": "a" }, metadata: {}, transient: { display_id: "i" } },
    },
    {
      type: "update_display_data",
      content: { data: { "text/markdown": "b", "text/plain": "b" }, metadata: {}, transient: { display_id: "i" } },
    },
    { type: "clear_output", content: { wait: true } },
  ]);
  const later = await client.execute(show("c", "{ display_id: 'i', update: true }"));
  expect(later.outputs).toMatchObject([{ type: "update_display_data", content: { data: { "text/markdown": "c" } } }]);
});

test("execute tells late output under the cell that started it", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const first = await client.execute(
    "let fire: () => void = () => {}; new Promise<void>((d) => fire = d).then(() => console.log('late')); 0",
  );
  const second = await client.execute("fire(); await new Promise((d) => setTimeout(d, 5)); console.log('own')");
  const late = await client.published(({ content }) => content.text === "late\n");
  expect(late.parent.msg_id).toBe(first.id);
  expect(second.outputs).toEqual([stdout("own\n")]);
});

test("execute refuses a request of another shape, and goes on", async () => {
  await using kernel = await startKernel();
  await using client = await kernel.connect();
  const table: [content: object, evalue: string][] = [
    [{ code: 5 }, `Cannot execute as "code" must be text: got number`],
    [{ silent: "yes" }, `Cannot execute as "silent" must be true or false: got "yes"`],
    [{ user_expressions: ["a"] }, "Cannot execute as user_expressions must be texts by name"],
    [{ user_expressions: { a: 1 } }, "Cannot execute as user_expressions must be texts by name"],
  ];
  for (const [content, evalue] of table) {
    const { reply, outputs } = await client.execute("1", content);
    expect(reply.status).toBe("error");
    expect(reply.ename).toBe("TypeError");
    expect(reply.evalue).toContain(evalue);
    expect(outputs[0]?.type).toBe("error");
  }
  expect((await client.execute("1")).reply.status).toBe("ok");
});
