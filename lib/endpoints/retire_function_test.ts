import { afterEach, beforeEach, expect, test } from "vitest";
import { openBus } from "../bus/mod.ts";
import { type Control, openControl } from "../control/mod.ts";
import { canonicalJson, sha256 } from "../events/mod.ts";
import { openStore, putObject, type Store } from "../store/mod.ts";
import { retireFunction } from "./retire_function.ts";

const REASON = { by: "ann", why: "test" };
const [ONE, TWO] = ["1".repeat(64), "2".repeat(64)];
let stack: AsyncDisposableStack, store: Store, control: Control;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  control = stack.use(await openControl({ bus, key: "k", onAlert: () => {} }));
  store = await openStore({ kind: "directory", dir });
  for (const spec of [ONE, TWO]) {
    await control.append({ op: "promote", target: "f", expected: null, rule: 1, spec, ...REASON });
  }
});
afterEach(() => stack.disposeAsync());

/** Activates a revision of endpoint e that calls these versions of f. */
async function activate(...hashes: string[]): Promise<void> {
  const steps = hashes.map((hash) => ({ call: "f", hash, models: {}, budgetMs: 9 }));
  const spec = {
    schema: 1,
    endpoint: "e",
    variants: [{ name: "a", weight: 1, steps: [...steps, { value: hashes.length }] }],
  };
  const text = canonicalJson(spec), digest = sha256(text);
  await putObject(store, new TextEncoder().encode(text));
  const request = { target: "e", revision: digest, rule: 1, spec: digest, ...REASON } as const;
  await control.append({ ...request, op: "apply", expected: null });
  const expected = (await control.state()).endpoints.e!.active?.offset ?? null;
  expect(await control.append({ ...request, op: "activate", expected })).toMatchObject({ applied: true });
}

const retire = (...hashes: string[]) => retireFunction("f", hashes, { store, control }, REASON);

test("retireFunction() refuses while the active or the previous revision of an endpoint calls the version", async () => {
  await activate(ONE);
  await expect(retire(ONE)).rejects.toThrow(RangeError);
  await expect(retire(ONE)).rejects.toThrow(
    /^Cannot retire function "f@111111111111" as the active revision [0-9a-f]{12} of endpoint "e" calls it: /,
  );
  await activate(TWO);
  await expect(retire(ONE)).rejects.toThrow(/as the previous revision [0-9a-f]{12} of endpoint "e" calls it/);
  await expect(retire(ONE, TWO)).rejects.toThrow(RangeError);
  expect((await control.state()).functions.f!.history).toHaveLength(2);
  await activate();
  await activate(TWO);
  await retire(ONE);
  expect((await control.state()).functions.f).toMatchObject({ hash: TWO, history: [{ hash: TWO }] });
});

test("retireFunction() loses to an activation that comes between its look and its request", async () => {
  const racing: Control = {
    ...control,
    append: async (request) => {
      if (request.op === "retire") await activate(ONE);
      return await control.append(request);
    },
  };
  await expect(retireFunction("f", [ONE], { store, control: racing }, REASON)).rejects.toThrow(
    'Cannot retire function "f" as it expects the newest activation at offset null, it is 3: try again',
  );
  expect((await control.state()).functions.f!.history).toHaveLength(2);
});

test("retireFunction() of all versions takes the name away", async () => {
  await retire(ONE, TWO, ONE);
  expect((await control.state()).functions).toEqual({});
  await expect(retire(ONE)).rejects.toThrow('as function "f" has no version 111111111111: try again');
});
