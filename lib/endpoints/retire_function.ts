import { type Control, type ControlState, newestActivation } from "../control/mod.ts";
import type { Store } from "../store/mod.ts";
import type { Reason } from "./apply_endpoint.ts";
import type { PinnedSpec } from "./plan_revision.ts";
import { callsIn } from "./plan_tree.ts";
import { loadRevision } from "./revision_store.ts";

/**
 * Takes versions of a function out of use: its name finds them no more. What is stored stays, so that decisions of the
 * past can be replayed.
 *
 * @param name name of the function
 * @param hashes its versions that are to go
 * @param parts store and control topic
 * @param reason who asks, and why
 * @throws {RangeError} when the active or the previous revision of an endpoint calls one of them
 * @throws {Error} when an endpoint was activated meanwhile
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openControl } from "../control/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { retireFunction } from "./retire_function.ts";
 * const dir = Deno.makeTempDirSync(), spec = "0".repeat(64), reason = { by: "ann", why: "a test" };
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * await control.append({ op: "promote", target: "f", expected: null, rule: 1, spec, ...reason });
 * await retireFunction("f", [spec], { control, store: await openStore({ kind: "directory", dir }) }, reason);
 * if ((await control.state()).functions.f !== undefined) throw new Error("unexpected");
 * ```
 */
export async function retireFunction(
  name: string,
  hashes: readonly string[],
  { store, control }: { store: Store; control: Control },
  reason: Reason,
): Promise<void> {
  const state = await control.state();
  for (const hash of hashes) {
    const user = await findUser(state, store, name, hash);
    if (user === null) continue;
    throw new RangeError(
      `Cannot retire function "${name}@${hash.slice(0, 12)}" as ${user}: activate another revision twice`,
    );
  }
  const expected = newestActivation(state)?.offset ?? null;
  for (const spec of new Set(hashes)) {
    const done = await control.append({ op: "retire", target: name, expected, rule: 1, spec, ...reason });
    if (!done.applied) throw new Error(`Cannot retire function "${name}" as ${done.reason}: try again`);
  }
}

async function findUser({ endpoints }: ControlState, store: Store, name: string, hash: string): Promise<string | null> {
  for (const [endpoint, { active, previous }] of Object.entries(endpoints)) {
    for (const [which, activation] of [["active", active], ["previous", previous]] as const) {
      if (!activation) continue;
      const { spec } = await loadRevision(store, activation.spec);
      if (calls(spec, name, hash)) {
        return `the ${which} revision ${activation.revision.slice(0, 12)} of endpoint "${endpoint}" calls it`;
      }
    }
  }
  return null;
}

function calls({ variants, shadow = [] }: PinnedSpec, name: string, hash: string): boolean {
  const steps = variants.flatMap(({ steps }) => callsIn(steps));
  return [...steps, ...shadow].some((step) => step.call === name && step.hash === hash);
}
