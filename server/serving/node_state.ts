import { dirname } from "node:path";
import { type ControlState, saveState, topicSchemas } from "../../lib/control/mod.ts";
import type { Access } from "../auth/mod.ts";
import { type AcceptedType, compileTypes } from "./event_types.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import type { NodeParts } from "./open_parts.ts";
import { loadServed, modelsOf, NOTHING, type Served } from "./served.ts";
import type { ShadowCalls } from "./shadow_calls.ts";

/** What changes in a node while it runs. */
export interface NodeState {
  /** What is served now. */
  served: Served;
  /** Who may ask now. */
  access: Access;
  /** Accepted event types now. */
  types: ReadonlyMap<string, AcceptedType>;
  /** True until everything that was active at the start is ready. */
  starting: boolean;
  /** Why topic `control` stands still for this version. */
  standstill: string | null;
  /** Why topic `control` cannot be followed for now. */
  trouble: string | null;
  /** Faults in force. */
  faults: Faults;
  /** Bytes free on the disk of the lake. */
  diskFreeBytes: number;
}

/** The state of a node that has not started, but for who may ask. */
export const FRESH: Readonly<Omit<NodeState, "access">> = {
  served: NOTHING,
  types: compileTypes(new Map()),
  starting: true,
  standstill: null,
  trouble: null,
  faults: NO_FAULTS,
  diskFreeBytes: Infinity,
};

/**
 * Makes what takes over a state of topic `control`: everything active or promoted is made ready before it is served.
 *
 * @param state what changes in the node; written to
 * @param parts what the node is made of
 * @param report is told of endpoints and models that cannot be served as activated or promoted, a line each
 * @param shadows is told of the revisions that may answer
 * @returns the taker
 */
export function takerOf(
  state: NodeState,
  { control, store, host, snapshotFile, keepsEvents }: Pick<
    NodeParts,
    "control" | "store" | "host" | "snapshotFile" | "keepsEvents"
  >,
  report: (line: string) => void,
  shadows: Pick<ShadowCalls, "take">,
): (next: ControlState) => Promise<void> {
  const readSchemas = topicSchemas(control, store);
  let registered: ControlState["topics"] | null = null;
  return async (next) => {
    const { served } = state;
    state.standstill = next.unready;
    state.access = await state.access.take(next.tokens, store);
    state.served = await loadServed(next, served, { store, ...host });
    if (keepsEvents) shadows.take([...state.served.warm.values()]);
    await host.keepModels(modelsOf(state.served));
    for (const [name, why] of state.served.broken) {
      if (served.broken.get(name) !== why) report(`Endpoint "${name}" is not served as activated: ${why}`);
    }
    for (const [name, why] of state.served.brokenModels) {
      if (served.brokenModels.get(name) !== why) report(`Model "${name}" is not served as promoted: ${why}`);
    }
    if (next.topics !== registered) state.types = compileTypes(await readSchemas());
    registered = next.topics;
    await Deno.mkdir(dirname(snapshotFile), { recursive: true });
    await saveState(snapshotFile, control.snapshot());
  };
}
