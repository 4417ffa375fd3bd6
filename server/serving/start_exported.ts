import { join } from "node:path";
import { loadSettings } from "../../lib/config/mod.ts";
import { readExport } from "../../lib/endpoints/mod.ts";
import { openStore } from "../../lib/store/mod.ts";
import { exportedParts } from "./exported_parts.ts";
import { serveNode, type ServingOptions } from "./start_serving.ts";

/** What is served from an exported folder. */
export interface ServedExport {
  /** Where it answers. */
  url: string;
  /** Name of the endpoint. */
  endpoint: string;
  /** The revision that answers. */
  revision: string;
}

/** How to serve from an exported folder. */
export interface ExportedOptions extends Pick<ServingOptions, "signal" | "report"> {
  /** The folder. */
  dir: string;
  /** Port on 127.0.0.1; 0 for any free one. */
  port: number;
  /** Is told what is served, once it is ready. */
  onReady?: (served: ServedExport) => void;
}

/**
 * Serves the endpoint of an exported folder on this machine, until told to end: for a caller's own tests. No bus, no
 * lake and no registry is asked, and nothing is written but in a temporary folder.
 *
 * @param options folder, port, signal
 * @returns resolves when everything is answered and closed
 * @throws {RangeError} when it is no exported folder, or of a newer format
 * @throws {Error} when a file is missing or altered, the endpoint cannot be made ready, or the port is taken
 */
export async function startExported({ dir, port, onReady, ...options }: ExportedOptions): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const scratch = await Deno.makeTempDir({ prefix: "boathouse-export-" });
  stack.defer(() => Deno.remove(scratch, { recursive: true }));
  await Deno.writeTextFile(join(scratch, "boathouse.yaml"), "");
  const settings = loadSettings(scratch, { BOATHOUSE_LISTEN_SERVING: `127.0.0.1:${port}` });
  const store = await openStore(settings.lake);
  const exported = await readExport(dir, store);
  const { endpoint, revision } = exported;
  const ready = (url: string) => onReady?.({ url, endpoint, revision });
  await serveNode({ ...options, settings, key: "", onReady: ready }, exportedParts(exported, store));
}
