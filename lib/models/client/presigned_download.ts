import { z } from "zod";
import { readAnswer } from "./answers.ts";
import type { Calls } from "./calls.ts";
import { RegistryError } from "./registry_error.ts";

const PRESIGNED = z.object({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
});

/** What servers answer that have no presigned URLs: MLflow on other stores, and those before it came. */
const LACKING: readonly string[] = ["NOT_IMPLEMENTED", "ENDPOINT_NOT_FOUND", "INVALID_PARAMETER_VALUE"];

/**
 * Makes what reads artifacts from where they lie. A server that cannot is asked once, and one whose store cannot be
 * reached from here.
 *
 * @param calls where the registry is asked for the URL
 * @param fetchBeside sends the request to that URL, without the registry's login
 * @returns reads an artifact by its escaped path; null where it must come through the server
 */
export function presignedDownload(calls: Calls, fetchBeside: (request: Request) => Promise<Response>) {
  let isLacking = false;
  const giveUp = (): null => {
    isLacking = true;
    return null;
  };
  return async (path: string, init: () => RequestInit, what: string): Promise<Response | null> => {
    if (isLacking) return null;
    try {
      const answer = await calls.send(`/api/2.0/mlflow-artifacts/presigned/${path}`, init, true, what);
      const { url, headers } = await readAnswer(answer, PRESIGNED, what);
      const response = await fetchBeside(new Request(url, { ...init(), headers, redirect: "error" })).catch((cause) => {
        if (cause instanceof TypeError) return null; // no connection
        throw cause;
      });
      if (response === null) return giveUp();
      if (response.ok) return response;
      await response.body?.cancel();
      const host = new URL(url).host;
      throw new RegistryError(
        "INTERNAL_ERROR",
        `Cannot read "${what}" as "${host}" must give it: got ${response.status}`,
      );
    } catch (error) {
      if (!(error instanceof RegistryError) || !LACKING.includes(error.code)) throw error;
      return giveUp();
    }
  };
}
