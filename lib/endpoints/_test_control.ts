import { type Bus, openBus } from "../bus/mod.ts";
import { type Control, openControl } from "../control/mod.ts";
import { openStore, type Store } from "../store/mod.ts";

/** Key of the control topic. */
export const KEY = "k".repeat(32);

/** Bus, store and control topic of a test, in a folder that goes along when it is disposed of. */
export async function controlBench(): Promise<{ bus: Bus; store: Store; control: Control } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const dir = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  const store = await openStore({ kind: "directory", dir });
  const bus = stack.use(await openBus({ kind: "sqlite", dir: `${dir}/bus` }));
  const control = stack.use(await openControl({ bus, key: KEY }));
  const kept = stack.move();
  return { bus, store, control, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
