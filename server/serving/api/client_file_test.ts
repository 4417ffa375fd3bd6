import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, type TestNode } from "../_test_node.ts";
import { fillFlights, openTestWorkbench, type TestWorkbench } from "../_test_workbench.ts";
import { clientFile } from "./client_file.ts";

let workbench: TestWorkbench, node: TestNode, dir: string;
beforeAll(async () => {
  workbench = await openTestWorkbench();
  await fillFlights(workbench);
  node = await serve(workbench);
  dir = await Deno.makeTempDir();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await workbench[Symbol.asyncDispose]();
  await Deno.remove(dir, { recursive: true });
});

/** Strict as this repository is, and with what a browser has. */
const CONFIG = JSON.stringify({
  compilerOptions: {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    lib: ["esnext", "dom", "deno.ns"],
  },
});

async function deno(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  await Deno.writeTextFile(`${dir}/deno.json`, CONFIG);
  const command = new Deno.Command(Deno.execPath(), { args, cwd: dir, stdout: "piped", stderr: "piped" });
  const { code, stdout, stderr } = await command.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  return { code, out, err };
}

const PROGRAM = `
import { flightDelay, flightDelayBatch, label, ProblemError, type FlightDelayInput } from "./client.ts";

const input: FlightDelayInput = { route: "R1", hour: 4 };
const first = await flightDelay(input, { idempotencyKey: "order-7", budgetMs: 9000, minConfigOffset: 0 });
const again = await flightDelay(input, { idempotencyKey: "order-7", signal: AbortSignal.timeout(60_000) });
const minutes: number = first.output.minutes;
const batch = await flightDelayBatch([input, { route: "R2", hour: 99 }]);
await label({ decision: first.decision.id, value: { minutes: 9 } });
const refused = await flightDelay({ route: "", hour: 4 }).catch((error: unknown) => error);
const behind = await flightDelay(input, { minConfigOffset: 999 }).catch((error: unknown) => error);
const elsewhere = await flightDelay(input, { baseUrl: Deno.args[0]! + "/nowhere/" }).catch((error: unknown) => error);
const problems = [refused, behind, elsewhere].map((error) =>
  error instanceof ProblemError ? [error.problem.status, error.message, error.retryAfterS] : String(error)
);
console.log(JSON.stringify({
  minutes,
  same: first.decision.id === again.decision.id,
  batch: batch.map((result) => "error" in result ? result.error.errors?.[0]?.pointer : result.output),
  problems,
}));
`;

test("clientFile() is checked by deno, and calls its endpoint", async () => {
  const response = await fetch(`${node.url}/v1/endpoints/flight-delay/client.ts`);
  expect(response.headers.get("content-type")).toBe("application/typescript; charset=utf-8");
  await Deno.writeTextFile(`${dir}/client.ts`, await response.text());
  await Deno.writeTextFile(`${dir}/program.ts`, PROGRAM);
  const checked = await deno("check", "program.ts");
  expect([checked.code, checked.err.replace(/^.*Check.*$/gm, "").trim()]).toEqual([0, ""]);
  const { code, out, err } = await deno(
    "run",
    "--no-check",
    `--allow-net=${new URL(node.url).host}`,
    "program.ts",
    node.url,
  );
  expect([code, err]).toEqual([0, ""]);
  expect(JSON.parse(out)).toEqual({
    minutes: 3,
    same: true,
    batch: [{ minutes: expect.any(Number) }, "#/hour"],
    problems: [
      [422, expect.stringContaining("/route must be a text or a number"), null],
      [503, expect.stringContaining("asked for was at least 999"), 1],
      [404, expect.stringContaining("There is nothing at /nowhere/v1/endpoints/flight-delay"), null],
    ],
  });
});

test("clientFile() refuses wrong types when it is checked", async () => {
  await Deno.writeTextFile(
    `${dir}/wrong.ts`,
    `import { flightDelay } from "./client.ts";
await flightDelay({ route: "R1", hour: "4" });
await flightDelay({ route: "R1" });
const minutes: string = (await flightDelay({ route: "R1", hour: 4 })).output.minutes;
`,
  );
  const { code, err } = await deno("check", "wrong.ts");
  expect([code, err.match(/TS\d+/g)?.length]).toEqual([1, 3]);
});

test("clientFile() of hostile names and texts is one module that does nothing by itself", async () => {
  const evil = '*/ console.log("evil"); /* ${console.log(1)} `"\'\\\u2028\n// x';
  const schema = { type: "object", properties: { [evil]: { type: "string", description: evil, enum: [evil] } } };
  const file = clientFile({
    name: "a.b-c_7",
    version: "0".repeat(64),
    businessCase: evil,
    owner: evil,
    contract: 1,
    budgetMs: 9,
    input: { ...schema, $defs: { [evil]: schema } },
    output: { const: evil },
    examples: [],
  }, "http://127.0.0.1:1");
  await Deno.writeTextFile(`${dir}/evil.ts`, `${file}\nconst one: AB_ = {};\ntype AB_ = ABC7Input;\nvoid one;\n`);
  const checked = await deno("check", "evil.ts");
  expect([checked.code, checked.err.replace(/^.*Check.*$/gm, "").trim()]).toEqual([0, ""]);
  expect(await deno("run", "--no-check", "evil.ts")).toEqual({ code: 0, out: "", err: "" });
});
