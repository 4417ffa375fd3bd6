import { callsOf, type CompiledEndpoint, compileEndpoint, type Revision } from "../../lib/endpoints/mod.ts";
import { readManifest } from "../../lib/functions/mod.ts";
import type { CallRecorded } from "../../lib/simulate/mod.ts";
import { NO_FAULTS } from "./faults.ts";
import { type FunctionHostOptions, openFunctionHost } from "./function_host.ts";

/** Revisions ready to answer decisions of the past, in sandboxes of this process as a serving node has them. */
export interface Runner extends AsyncDisposable {
  /** The revisions, in the order given. */
  endpoints: CompiledEndpoint[];
  /** Calls a function of them; recorded replies stand in for hosts, which are never asked. */
  call: CallRecorded;
}

/**
 * Loads what some revisions of one product call.
 *
 * @param parts store and model registry
 * @param revisions at least one
 * @returns the runner; closing it ends the sandboxes
 * @throws {Error} when a function or model cannot be loaded
 */
export async function openRunner(
  parts: Omit<FunctionHostOptions, "faults">,
  revisions: readonly Revision[],
): Promise<Runner> {
  await using stack = new AsyncDisposableStack();
  const host = stack.use(openFunctionHost({ ...parts, faults: () => NO_FAULTS }));
  const { product } = revisions[0]!.spec;
  const calls = revisions.flatMap(({ spec }) => callsOf(spec));
  const schemas = new Map(
    await Promise.all(
      calls.map(async ({ hash }) => [hash, await readManifest(parts.store, hash)] as const),
    ),
  );
  for (const call of calls) await host.prepare(product, call);
  const kept = stack.move();
  return {
    endpoints: revisions.map((revision) => compileEndpoint(revision, (hash) => schemas.get(hash)!)),
    call: ({ replyOf, fails, ...asked }) => host.callFunction({ ...asked, product }, { replyOf, fails }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
