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

test("defineFunction() gives hosts, lookups, now and randomness, and keeps what was asked", async () => {
  const everything = defineFunction({
    input: z.object({ city: z.string() }),
    output: z.object({ rain: z.number(), mean: z.number(), now: z.number(), draws: z.array(z.number()) }),
    hosts: { weather: { url: "https://api.example.org/v1/" } },
    lookups: { averages: "route-average@champion" },
    async run({ city }, { hosts, lookups, now, random }) {
      const { rain } = (await hosts.weather.fetch(`now?city=${city}`)).json<{ rain: number }>();
      return { rain, mean: await lookups.averages.get<number>({ route: city }), now, draws: [random(), random()] };
    },
  });
  const load = (ref: string) =>
    Promise.resolve({ name: ref.split("@")[0]!, version: "3", digest: "d3", predict: () => Promise.resolve([17]) });
  const reply = { status: 200, headers: {}, body: '{"rain":2}' };
  setFunctionHost({ models: { load }, fetch: () => Promise.resolve(reply), random: (seed) => () => seed.length });
  const answer = await everything({ city: "Bern" });
  const { now, seed, ...kept } = bundleOf(answer)[EXAMPLE_MIME] as Record<string, unknown>;
  expect(kept).toEqual({
    input: { city: "Bern" },
    output: answer,
    models: { "route-average": "3" },
    calls: [{ kind: "fetch", name: "weather", reply }, { kind: "lookup", name: "averages", digest: "d3", reply: 17 }],
  });
  expect(answer).toEqual({ rain: 2, mean: 17, now, draws: [36, 36] });
  expect(seed).toHaveLength(36);
});

test("handlerOf() asks the host by the names that the function declares", async () => {
  const asked: unknown[] = [];
  const call = (kind: string, name: string, payload: unknown) => {
    asked.push([kind, name, payload]);
    return Promise.resolve([4]);
  };
  expect(await handlerOf(square as never)({ x: 2 }, { call })).toEqual({ y: 4 });
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

test("defineFunction() keeps calls in the order of asking, whichever is answered first or refused", async () => {
  const city = (name: string) => `https://api.example.org/v1/${name}`;
  const both = defineFunction({
    input: z.object({}),
    output: z.array(z.string()),
    hosts: { slow: { url: city("slow") }, broken: { url: city("broken") }, fast: { url: city("fast") } },
    run: (_, { hosts: { slow, broken, fast } }) =>
      Promise.all([slow, broken, fast].map((host) => host.fetch("x").then(({ body }) => body, () => "refused"))),
  });
  const first = Promise.withResolvers<void>();
  setFunctionHost({
    models: { load: () => Promise.reject(new Error("none")) },
    async fetch({ url }) {
      if (url === city("broken")) throw new Error("down");
      if (url === city("slow")) await first.promise;
      else first.resolve();
      return { status: 200, headers: {}, body: url.split("/").at(-1)! };
    },
  });
  const answer = await both({});
  expect([...answer]).toEqual(["slow", "refused", "fast"]);
  expect((bundleOf(answer)[EXAMPLE_MIME] as { calls: unknown }).calls).toMatchObject([
    { name: "slow", reply: { body: "slow" } },
    null,
    { name: "fast", reply: { body: "fast" } },
  ]);
});
