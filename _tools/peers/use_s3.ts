import { afterAll, beforeAll, beforeEach } from "vitest";
import { type S3Server, startS3 } from "./seaweedfs.ts";

/**
 * Gives the tests of a file an S3 server. Where none can be had they are visibly skipped; with CI=true they fail.
 *
 * @returns a function that gives the server inside a test
 */
export function useS3(): () => S3Server {
  let server: S3Server | undefined, reason = "";
  beforeAll(async () => {
    try {
      server = await startS3();
    } catch (error) {
      if (Deno.env.get("CI") === "true") throw error;
      reason = (error as Error).message;
    }
  });
  beforeEach((context) => {
    if (!server) context.skip(reason);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  return () => server!;
}
