import { expect, test } from "vitest";
import { startChild } from "./mod.ts";
import { readMessage } from "./read_message.ts";
import { makeWorkbench } from "./_temp_workbench.ts";

test.each([
  "",
  "no JSON",
  "null",
  "7",
  "[]",
  "{}",
  `{"r":"end","n":1}`,
  `{"r":"end","n":1,"known":"x"}`,
  `{"r":"end","n":"1","known":[]}`,
  `{"r":"error","n":1,"ename":"A","evalue":"b","stack":[7]}`,
  `{"r":"stream","n":1,"name":"out","text":""}`,
  `{"r":"__proto__","n":1}`,
  `{"r":"toString"}`,
])("readMessage() takes %j for no message", (line) => expect(readMessage(line)).toBe(null));

test("what a cell writes to the channel of its process is shown, and harms neither it nor the kernel", async () => {
  await using bench = await makeWorkbench();
  await using child = await startChild({ root: bench.root, cwd: bench.cwd });
  const code = `const { writeSync } = await import("node:fs");
for (const line of ["no JSON", '{"r":"end","n":1}', '{"r":"closed","known":7}', "null"]) writeSync(3, line + "\\n");
"over"`;
  const { status, outputs } = await child.execute("a", code);
  expect(status).toBe("ok");
  expect(JSON.stringify(outputs)).toContain("no JSON");
  expect(JSON.stringify(outputs)).toContain("over");
  expect((await child.execute("b", "1 + 1")).status).toBe("ok");
});
