import { afterAll, beforeAll, beforeEach } from "vitest";
import { installOurKernel, installStockKernel, type Jupyter, openJupyter } from "./jupyter.ts";

const HOOK_MS = 300_000; // the packages are installed at the first time

/**
 * Gives the tests of a file Jupyter's programs with the kernels `boathouse` and `deno`. Where they cannot be had the
 * tests are visibly skipped; with CI=true they fail.
 *
 * @returns a function that gives them inside a test
 */
export function useJupyter(): () => Jupyter {
  let jupyter: Jupyter | undefined, reason = "";
  beforeAll(async () => {
    try {
      jupyter = await openJupyter();
    } catch (error) {
      if (Deno.env.get("CI") === "true") throw error;
      reason = (error as Error).message;
      return;
    }
    await Promise.all([installOurKernel(jupyter), installStockKernel(jupyter)]);
  }, HOOK_MS);
  beforeEach((context) => {
    if (!jupyter) context.skip(reason);
  });
  afterAll(() => jupyter?.[Symbol.asyncDispose]());
  return () => jupyter!;
}
