import { afterAll, beforeAll, beforeEach } from "vitest";
import { type MlflowOptions, type MlflowServer, startMlflow } from "./mlflow.ts";

const HOOK_MS = 300_000; // the packages are installed at the first time

/**
 * Gives the tests of a file an MLflow server. Where none can be had they are visibly skipped; with CI=true they fail.
 *
 * @param options how it is started
 * @returns a function that gives the server inside a test
 */
export function useMlflow(options: MlflowOptions = {}): () => MlflowServer {
  let server: MlflowServer | undefined, reason = "";
  beforeAll(async () => {
    try {
      server = await startMlflow(options);
    } catch (error) {
      if (Deno.env.get("CI") === "true") throw error;
      reason = (error as Error).message;
    }
  }, HOOK_MS);
  beforeEach((context) => {
    if (!server) context.skip(reason);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  return () => server!;
}
