import type { FunctionSchemas, PinnedCall } from "../../lib/endpoints/mod.ts";
import type { Json } from "../../lib/events/mod.ts";
import type { FunctionCall } from "./answer.ts";

/** Runs promoted functions in sandboxes and does their model calls. */
export interface FunctionHost extends AsyncDisposable {
  /** Loads a function into its product's sandbox and its models into this process, and warms both up. */
  prepare(product: string, call: PinnedCall): Promise<FunctionSchemas>;
  /** Calls a function that was prepared. */
  callFunction(call: FunctionCall): Promise<{ output: Json; calls: Json[] }>;
}
