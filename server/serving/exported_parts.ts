import { join } from "node:path";
import { lakePaths } from "../../lib/config/mod.ts";
import { type ControlState, EMPTY_STATE } from "../../lib/control/mod.ts";
import type { EndpointExport } from "../../lib/endpoints/mod.ts";
import { openStoredModels } from "../../lib/models/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { registryOptions } from "../../lib/workbench/mod.ts";
import { Problem } from "../http/mod.ts";
import type { EventWriter } from "./event_writer.ts";
import { openFunctionHost } from "./function_host.ts";
import type { NodeParts, openParts } from "./open_parts.ts";

/**
 * Makes a node of one exported endpoint: without bus, lake and registry. What it decides is kept nowhere.
 *
 * @param exported what the exported folder says of itself
 * @param store holds the folder's files
 * @returns opens the node's parts
 */
export function exportedParts(exported: EndpointExport, store: Store): typeof openParts {
  return ({ settings, faults }, stack) => {
    const { dir, cacheBytes, typescript } = registryOptions(settings);
    const models = stack.use(openStoredModels(exported.models, { store, dir, cacheBytes, typescript }));
    const host = stack.use(openFunctionHost({ store, models, faults }));
    return Promise.resolve({
      bus: { publish: () => Promise.reject(noBus()) },
      store,
      models: {
        get: () => Promise.reject(new RangeError("Cannot find a model as an exported endpoint has its own only")),
      },
      control: stillControl(exported),
      findDecision: () => Promise.reject(noBus()),
      host,
      writer: NO_WRITER,
      keepsEvents: false,
      snapshotFile: join(lakePaths(settings).runs, "control.json"),
    });
  };
}

function noBus(): Problem {
  return new Problem(501, "This node serves an exported endpoint: it keeps no events, labels and decisions");
}

const NO_WRITER: EventWriter = {
  write: () => true,
  writeDurable: () => Promise.resolve(),
  stats: () => ({ waitingBytes: 0, dropped: 0, failing: null }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

function stillControl({ endpoint, revision, offset }: EndpointExport): NodeParts["control"] {
  const active = { revision, spec: revision, offset: offset - 1, by: "export", atMicros: 0 };
  const endpoints = { [endpoint]: { revisions: {}, proposals: {}, active, previous: null } };
  const state: ControlState = { ...EMPTY_STATE, offset, endpoints };
  return {
    state: () => Promise.resolve(state),
    snapshot: () => ({ incarnation: "exported", state }),
    follow: ({ signal }) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
}
