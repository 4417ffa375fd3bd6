import type { Bus } from "../../lib/bus/mod.ts";
import type { Product } from "../../lib/config/mod.ts";
import type { Control } from "../../lib/control/mod.ts";
import type { FunctionSchemas, PinSource } from "../../lib/endpoints/mod.ts";
import type { Promoted, PromoteRequest } from "../../lib/functions/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { Access } from "../auth/mod.ts";
import type { WebhookParts } from "./webhook_api.ts";
import type { Store } from "../../lib/store/mod.ts";

/** The control plane as its routes see it. */
export interface ControlPlane {
  /** The bus. */
  bus: Bus;
  /** The object store. */
  store: Store;
  /** The control topic. */
  control: Control;
  /** Who may ask, before any token is known. */
  access: Access;
  /** Signing key of the workbench. */
  key: string;
  /** Looks up functions, models with their content, and verdicts. */
  pins: PinSource;
  /** Answers MLflow's REST API. */
  registry(request: Request): Promise<Response>;
  /** What takes the registry's webhooks. */
  webhooks: WebhookParts;
  /** Products of the workbench, read anew. */
  products(): Product[];
  /** Tables of the lake. */
  tables(): Promise<Json>;
  /** Reads the manifest of a function's version by its hash. */
  readManifest(hash: string): Promise<FunctionSchemas & Record<string, unknown>>;
  /** Promotes a function from a notebook, whose path is relative to the workbench. */
  promote(request: Omit<PromoteRequest, "root">): Promise<Promoted>;
  /** Where the serving plane listens. */
  servingUrl: string;
}
