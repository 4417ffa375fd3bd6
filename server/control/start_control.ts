import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Address,
  isLoopback,
  lakePaths,
  listProducts,
  type Settings,
  webhookSecret,
} from "../../lib/config/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import { promote, readManifest } from "../../lib/functions/mod.ts";
import { type ModelWatch, watchModels } from "../../lib/evaluate/mod.ts";
import { registryHandler } from "../../lib/models/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { endpointPins, openWorkbench } from "../../lib/workbench/mod.ts";
import { openAccess, refuseUnguarded } from "../auth/mod.ts";
import { listenError } from "../http/mod.ts";
import type { ControlPlane } from "./control_plane.ts";
import { createControlApp } from "./create_app.ts";

/** How to run the control plane. */
export interface ControlOptions {
  /** Settings of the workbench. */
  settings: Settings;
  /** Signing key of the workbench. */
  key: string;
  /** Ends the plane: what was accepted is answered. */
  signal: AbortSignal;
  /** Is told the plane's URL, such as `http://127.0.0.1:8400`, once it is ready. */
  onReady?: (url: string) => void;
  /** Is told of faults, a line each; a line on standard error unless given. */
  report?: (line: string) => void;
}

/** Longest that requests which were accepted may hold up the end. */
const SHUTDOWN_MS = 5_000;

/**
 * Runs the control plane: configuration, registry, where things are; until told to end.
 *
 * @param options settings, key, signal
 * @returns resolves when everything is answered and closed
 * @throws {Error} when the address is taken, or not loopback where there are no tokens, or bus, lake or registry cannot be opened
 * @example
 * ```ts
 * import { loadSettings, signingKey } from "../../lib/config/mod.ts";
 * import { startControl } from "./start_control.ts";
 * const root = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${root}/boathouse.yaml`, "listen: { control: '127.0.0.1:0', serving: '127.0.0.1:0' }");
 * const settings = loadSettings(root, {});
 * const stop = new AbortController();
 * await startControl({ settings, key: signingKey(settings, {}), signal: stop.signal, onReady: () => stop.abort() });
 * ```
 */
export async function startControl({ settings, key, signal, onReady, report = say }: ControlOptions): Promise<void> {
  await refuseUnguarded("control", settings, key);
  await using stack = new AsyncDisposableStack();
  const plane = await openPlane(settings, key, stack);
  const onFault = (error: unknown) => report(`A request met a fault: ${(error as Error)?.stack ?? error}`);
  const server = createServer(createControlApp(plane, onFault));
  const url = await listen(server, settings.listen.control);
  onReady?.(url);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await close(server);
}

async function openPlane(settings: Settings, key: string, stack: AsyncDisposableStack): Promise<ControlPlane> {
  const workbench = stack.use(openWorkbench(settings.root));
  const [bus, store, control] = await Promise.all([workbench.bus(), workbench.store(), workbench.control()]);
  let watch: ModelWatch | undefined;
  const registry = registryOf(settings, store, stack);
  return {
    bus,
    store,
    control,
    access: openAccess({ open: isLoopback(settings.listen.control.hostname) }),
    key,
    registry,
    webhooks: {
      secret: webhookSecret(),
      watch: async () => watch ??= watchModels({ bus, models: await workbench.models(), key }),
    },
    pins: endpointPins(workbench),
    products: () => listProducts(settings.root),
    tables: () => listLakeTables(store),
    readManifest: async (hash) => ({ ...await readManifest(store, hash) }),
    promote: async (request) =>
      promote({ ...request, root: settings.root }, { store, control, models: await workbench.models() }),
    servingUrl: urlOf(settings.listen.serving),
  };
}

/** A registry elsewhere is asked there: its logins are no business of this plane. */
function registryOf({ registry, ...settings }: Settings, store: Store, stack: AsyncDisposableStack) {
  if (registry.kind === "embedded") {
    return stack.use(registryHandler({ store, dir: lakePaths({ registry, ...settings }).registry }));
  }
  const message = `Cannot answer as this workbench's registry is at ${registry.url}: ask there`;
  const answer = { error_code: "ENDPOINT_NOT_FOUND", message };
  return () => Promise.resolve(Response.json(answer, { status: 404 }));
}

// Loaded when first asked for: a control plane that nobody asks for tables does without DuckDB.
async function listLakeTables(store: Store): Promise<Json> {
  const { openLake } = await import("../../lib/lake/mod.ts");
  await using lake = await openLake({ store });
  return await lake.tables() as unknown as Json;
}

async function listen(server: Server, address: Address): Promise<string> {
  const { hostname, port } = address;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError("control", address, error)));
    server.listen(port, hostname, resolve);
  });
  return urlOf({ hostname, port: (server.address() as AddressInfo).port });
}

async function close(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), SHUTDOWN_MS);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearTimeout(timer);
}

function urlOf({ hostname, port }: Address): string {
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function say(line: string): void {
  console.error(line);
}
