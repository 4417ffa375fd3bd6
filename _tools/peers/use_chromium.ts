import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { launchChromium } from "./chromium.ts";

/**
 * Gives the tests of a file a browser. Where none can be had they are visibly skipped; with CI=true they fail.
 *
 * @returns a function that gives the browser inside a test
 */
export function useChromium(): () => Browser {
  let browser: Browser | undefined, reason = "";
  beforeAll(async () => {
    try {
      browser = await launchChromium();
    } catch (error) {
      if (Deno.env.get("CI") === "true") throw error;
      reason = (error as Error).message;
    }
  });
  beforeEach((context) => {
    if (!browser) context.skip(reason);
  });
  afterAll(() => browser?.close());
  return () => browser!;
}
