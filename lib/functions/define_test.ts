import { afterEach, expect, test } from "vitest";
import { defineFunction, EXAMPLE_MIME, type FunctionSpec, setFunctionHost } from "./define.ts";
import { describerOf, handlerOf } from "./handler.ts";
import { z } from "zod";

const spec: FunctionSpec<{ x: number }, { y: number }, "m"> = {
  input: z.object({ x: z.number() }),
  output: z.object({ y: z.number() }),
  models: { m: "square@champion" },
  async run({ x }, { models }) {
    const [y] = await models.m.predict([{ x }]);
    return { y: y! };
  },
};
const square = defineFunction(spec);
const bundleOf = (value: unknown) =>
  (value as Record<symbol, () => Record<string, unknown>>)[Symbol.for("Jupyter.display")]!();

afterEach(() => {
  delete (globalThis as Record<symbol, unknown>)[Symbol.for("Boathouse.functionHost")];
});

function host(): void {
  setFunctionHost({
    models: {
      load: (ref) =>
        Promise.resolve({
          name: ref.split("@")[0]!,
          version: "7",
          digest: "d7",
          predict: (rows) => Promise.resolve(rows.map((row) => (row.x as number) ** 2)),
        }),
    },
  });
}

test("defineFunction() calls like any other function and keeps the call for the notebook", async () => {
  host();
  const answer = await square({ x: 3 });
  expect(answer).toEqual({ y: 9 });
  expect(JSON.stringify(answer)).toBe('{"y":9}');
  expect(bundleOf(answer)[EXAMPLE_MIME]).toEqual({
    input: { x: 3 },
    output: { y: 9 },
    models: { square: "7" },
    calls: [{ kind: "model", name: "m", digest: "d7", reply: [9] }],
  });
});

test("defineFunction() refuses input and output that do not fit", async () => {
  host();
  await expect(square({ x: "3" } as never)).rejects.toThrow(
    new TypeError(
      "Cannot call the function as its input must fit the schema: /x Invalid input: expected number, received string",
    ),
  );
  const wrong = defineFunction({ ...spec, run: () => Promise.resolve({ y: "no" } as never) });
  await expect(wrong({ x: 1 })).rejects.toThrow("as its output must fit the schema: /y");
});

test("defineFunction() says that no workbench is open", async () => {
  await expect(square({ x: 1 })).rejects.toThrow(
    'Cannot ask model "square@champion" as no workbench is open: call open() first',
  );
});

test("defineFunction() refuses another form", () => {
  expect(() => defineFunction({ input: z.int(), output: z.int() } as never)).toThrow(
    new TypeError("Cannot define a function as it needs zod schemas `input` and `output` and a method `run`"),
  );
  expect(() => defineFunction(null as never)).toThrow(TypeError);
});

test("handlerOf() asks the host by the model's alias", async () => {
  const asked: unknown[] = [];
  const answer = await handlerOf(square as never)({ x: 2 }, {
    call: (kind, name, payload) => {
      asked.push([kind, name, payload]);
      return Promise.resolve([4]);
    },
  });
  expect(answer).toEqual({ y: 4 });
  expect(asked).toEqual([["model", "m", [{ x: 2 }]]]);
});

test("describerOf() gives schemas, models and budgets", async () => {
  const nobody = { call: () => Promise.reject(new Error("none")) };
  expect(await describerOf(square)(null, nobody)).toMatchObject({
    input: { type: "object", properties: { x: { type: "number" } }, required: ["x"] },
    models: { m: "square@champion" },
    budgetMs: 100,
  });
  expect(() => describerOf(() => 1)(null, nobody)).toThrow("it is not made by defineFunction");
});
