import { createHash } from "node:crypto";
import type { S3, Verdict } from "./_s3_client.ts";
import { headObject, MD5_HEADER, putObject } from "./_s3_objects.ts";
import { elementOf, readBody, type S3Answer, type S3Refusal } from "./_s3_request.ts";

const PART_BYTES = 16 * 1024 * 1024; // the protocol wants 5 MiB at least
const HASH_BYTES = 1024 * 1024;
const MAX_PARTS = 10_000;
const AT_ONCE = 3;

/**
 * Copies a local file into the bucket, in parts when it is large: memory stays at three parts.
 *
 * @param s3 The bucket.
 * @param localFile Path of a finished file.
 * @param path Path of the object.
 * @returns Size of the file.
 */
export async function uploadFile(s3: S3, localFile: string, path: string): Promise<number> {
  using file = await Deno.open(localFile);
  const { size } = await file.stat();
  if (size <= PART_BYTES) await putObject(s3, path, await readPart(file, 0, size));
  else await uploadParts(s3, file, size, path);
  return size;
}

async function uploadParts(s3: S3, file: Deno.FsFile, size: number, path: string): Promise<void> {
  const key = s3.keyOf(path), partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS));
  const headers = { [MD5_HEADER]: await md5Of(file, size) };
  const started = await s3.send(`put "${path}"`, { method: "POST", key, query: "uploads=", headers }, readText);
  const upload = elementOf(started, "UploadId");
  if (upload === undefined) throw new Error(`Cannot put "${path}" as the endpoint must name an upload: got ${started}`);
  const uploadId = `uploadId=${encodeURIComponent(upload)}`;
  try {
    const etags = await sendParts(s3, { key, path, uploadId, file, size, partBytes });
    await complete(s3, { key, path, uploadId, size }, etags);
  } catch (cause) {
    await abandon(s3, key, uploadId, cause);
    throw cause;
  }
}

async function md5Of(file: Deno.FsFile, size: number): Promise<string> {
  const hash = createHash("md5");
  for (let at = 0; at < size; at += HASH_BYTES) hash.update(await readPart(file, at, Math.min(HASH_BYTES, size - at)));
  return hash.digest("hex");
}

interface Parts {
  key: string;
  path: string;
  uploadId: string;
  file: Deno.FsFile;
  size: number;
  partBytes: number;
}

async function sendParts(s3: S3, { key, path, uploadId, file, size, partBytes }: Parts): Promise<string[]> {
  const etags: string[] = [], count = Math.ceil(size / partBytes);
  let next = 0, reading: Promise<unknown> = Promise.resolve(); // one position in the file, so one reader
  const read = (part: number): Promise<Uint8Array> => {
    const done = reading.then(() => readPart(file, part * partBytes, Math.min(partBytes, size - part * partBytes)));
    reading = done.catch(() => {});
    return done;
  };
  const worker = async (): Promise<void> => {
    while (next < count) {
      const part = next++, body = await read(part);
      const request = { method: "PUT", key, query: `partNumber=${part + 1}&${uploadId}`, body } as const;
      etags[part] = await s3.send(`put part ${part + 1} of "${path}"`, request, async (answer) => {
        await readBody(answer);
        return answer.headers.get("etag") ?? "";
      });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const outcome of workers) if (outcome.status === "rejected") throw outcome.reason;
  return etags;
}

/** A lost answer shows as an upload that is not there any more, beside an object of the right size. */
async function complete(
  s3: S3,
  { key, path, uploadId, size }: Pick<Parts, "key" | "path" | "uploadId" | "size">,
  etags: string[],
): Promise<void> {
  const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join("");
  const body = new TextEncoder().encode(`<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`);
  await s3.trySend<void>(`put "${path}"`, { method: "POST", key, query: uploadId, body }, {
    read: async (answer) => {
      const text = await readText(answer); // an error may come under status 200, after the headers
      if (text.includes("<Error>")) throw new Error(elementOf(text, "Code") ?? text);
    },
    refused: async (refusal: S3Refusal, isUnclear): Promise<Verdict<void>> => {
      if (!isUnclear || refusal.code !== "NoSuchUpload") return "failure";
      return (await headObject(s3, path))?.bytes === size ? { is: undefined } : "failure";
    },
  });
}

/** Parts of an upload that is never completed cost storage; what cannot be abandoned joins the failure. */
async function abandon(s3: S3, key: string, query: string, cause: unknown): Promise<void> {
  try {
    await s3.send("abandon an upload", { method: "DELETE", key, query }, readBody);
  } catch (left) {
    if (cause instanceof Error) cause.message += `; its parts stay in the bucket, as the upload cannot be abandoned`;
    else throw left;
  }
}

async function readText(answer: S3Answer): Promise<string> {
  return new TextDecoder().decode(await readBody(answer));
}

async function readPart(file: Deno.FsFile, start: number, bytes: number): Promise<Uint8Array> {
  await file.seek(start, Deno.SeekMode.Start);
  const part = new Uint8Array(bytes);
  for (let at = 0; at < bytes;) {
    const read = await file.read(part.subarray(at));
    if (read === null) {
      throw new Error(`Cannot read a file that is put as it must not change: it is shorter than before`);
    }
    at += read;
  }
  return part;
}
