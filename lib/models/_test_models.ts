import type { InputRead, Lake, OutputWritten } from "../lake/mod.ts";
import { openLake } from "../lake/mod.ts";
import { openStore, type Store } from "../store/mod.ts";
import { type Models, openModels } from "./models.ts";
import { buildOnnx } from "./onnx/build_onnx.ts";

export const SIMPLE = buildOnnx({ intercept: 5, slopes: { distance: 0.25 }, output: "minutes" });
export const RICH = buildOnnx({
  intercept: 5,
  slopes: { distance: 0.25 },
  effects: { route: new Map([["ORD-LGA", 3]]), hour: new Map([[18, 10]]) },
  output: "minutes",
});
export const EXAMPLE = { distance: 733, route: "ORD-LGA", hour: 18, weekday: 5 };
export const READ: InputRead = { name: "flights", table: "flights", incarnation: "i", ends: { "0": 7 }, rows: 7 };

/** A registry of its own, and what it told. */
export interface Bench extends AsyncDisposable {
  dir: string;
  store: Store;
  models: Models;
  seen: InputRead[];
  wrote: OutputWritten[];
  notes: string[];
  /** A lake in the same store. */
  lake(): Promise<Lake>;
}

export async function setup(
  dir: string = Deno.makeTempDirSync(),
  options: { cacheBytes?: number } = {},
): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const store = await openStore({ kind: "directory", dir });
  const seen: InputRead[] = [];
  const wrote: OutputWritten[] = [];
  const notes: string[] = [];
  const recorder = {
    read: (input: InputRead) => void seen.push(input),
    wrote: (output: OutputWritten) => void wrote.push(output),
  };
  const models = stack.use(
    await openModels({
      store,
      dir: `${dir}/registry`,
      recorder,
      recorded: () => [READ],
      onNote: (note) => notes.push(note),
      ...options,
    }),
  );
  const lake = async () => held.use(await openLake({ store }));
  const held = stack.move();
  return { dir, store, models, seen, wrote, notes, lake, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
