import { z } from "zod";
import { readAnswer } from "./answers.ts";
import type { TransferOptions, TransferSettings } from "./artifacts.ts";
import type { Calls } from "./calls.ts";
import { RegistryError } from "./registry_error.ts";
import { sendPatiently } from "./retry.ts";

const MIB = 1024 * 1024;
const CREATED = z.object({
  upload_id: z.string(),
  credentials: z.array(z.object({
    url: z.url({ protocol: /^https?$/ }),
    part_number: z.coerce.number(),
    headers: z.record(z.string(), z.string()).default({}),
  })),
});

/**
 * Makes what uploads in parts, straight to where artifacts lie. A server that cannot is asked once, and one whose
 * store cannot be reached from here; parts of an upload that fails are given up, so that nothing half is left.
 *
 * @param calls where the registry is asked for the parts' URLs
 * @param settings who sends the parts, and from how many bytes
 * @returns uploads a file by its escaped path; false where it must go through the server
 */
export function multipartUpload(
  calls: Calls,
  { fetchBeside, multipartFromBytes = 100 * MIB, partBytes = 100 * MIB }: TransferSettings,
) {
  let isLacking = false;
  const ask = (step: string, path: string, parameters: Record<string, unknown>) => {
    const [, folder, name] = /^(?:(.*)\/)?([^/]+)$/.exec(path) ?? [];
    const body = JSON.stringify({ path: decodeURIComponent(name ?? ""), ...parameters });
    const init = () => ({ method: "POST", body, headers: { "content-type": "application/json" } });
    return calls.send(`/api/2.0/mlflow-artifacts/mpu/${step}/${folder ?? ""}`, init, false, `POST mpu/${step}`);
  };
  return async (
    path: string,
    blob: Blob,
    onProgress: TransferOptions["onProgress"],
    signal: AbortSignal | undefined,
  ): Promise<boolean> => {
    if (isLacking || blob.size < multipartFromBytes) return false;
    let answer: Response;
    try {
      answer = await ask("create", path, { num_parts: Math.ceil(blob.size / partBytes) });
    } catch (error) {
      if (!(error instanceof RegistryError) || !["NOT_IMPLEMENTED", "ENDPOINT_NOT_FOUND"].includes(error.code)) {
        throw error;
      }
      isLacking = true;
      return false;
    }
    const { upload_id, credentials } = await readAnswer(answer, CREATED, "POST mpu/create");
    try {
      const parts = [];
      let bytes = 0;
      for (const { url, part_number, headers } of credentials) {
        const part = blob.slice((part_number - 1) * partBytes, part_number * partBytes);
        const put = () =>
          fetchBeside(
            new Request(url, { method: "PUT", headers, body: part, redirect: "error", ...(signal && { signal }) }),
          );
        const response = await sendPatiently(put, true, calls.clock);
        await response.body?.cancel();
        if (!response.ok) throw refusedPart(path, part_number, new URL(url).host, response.status);
        parts.push({ part_number, etag: response.headers.get("etag") ?? "", url });
        onProgress?.({ bytes: bytes += part.size, totalBytes: blob.size });
      }
      await (await ask("complete", path, { upload_id, parts })).body?.cancel();
      return true;
    } catch (error) {
      await (await ask("abort", path, { upload_id })).body?.cancel();
      if (!(error instanceof TypeError)) throw error;
      isLacking = true; // where it lies cannot be reached from here
      return false;
    }
  };
}

function refusedPart(path: string, part: number, host: string, status: number): RegistryError {
  return new RegistryError(
    "INTERNAL_ERROR",
    `Cannot upload "${path}" as "${host}" must take part ${part}: got ${status}; upload it again`,
  );
}
