import type { S3, Verdict } from "./_s3_client.ts";
import { readBody, type S3Answer, type S3Refusal } from "./_s3_request.ts";

/** What the server says about an object. */
export interface ObjectHead {
  bytes: number;
  /** It changes with the content. */
  etag: string;
  /** MD5 of the content, where it was noted. */
  md5: string | null;
}

/**
 * Reads an object.
 *
 * @param s3 The bucket.
 * @param path Path of the object.
 * @param read Takes the answer; it is called again when the connection breaks.
 * @returns What `read` returned; null when there is no such object.
 */
export function readObject<T>(s3: S3, path: string, read: (answer: S3Answer) => Promise<T>): Promise<T | null> {
  return s3.trySend<T | null>(`get "${path}"`, { method: "GET", key: s3.keyOf(path) }, { read, refused: nullIfAbsent });
}

/**
 * Asks for size and tag of an object.
 *
 * @param s3 The bucket.
 * @param path Path of the object.
 * @returns null when there is no such object.
 */
export function headObject(s3: S3, path: string): Promise<ObjectHead | null> {
  return s3.trySend<ObjectHead | null>(`look at "${path}"`, { method: "HEAD", key: s3.keyOf(path) }, {
    read: ({ headers }) => Promise.resolve(headOf(headers)),
    refused: nullIfAbsent,
  });
}

/** Header of an object that is put in parts: the MD5 of its content, as its tag is none. */
export const MD5_HEADER = "x-amz-meta-boathouse-md5";

/**
 * Reads size and tag from an answer.
 *
 * @param headers Of the answer to GET or HEAD.
 * @returns What they say.
 */
export function headOf(headers: Headers): ObjectHead {
  const etag = (headers.get("etag") ?? "").replaceAll('"', "");
  return { bytes: Number(headers.get("content-length")), etag, md5: headers.get(MD5_HEADER) };
}

/**
 * Writes an object, over an older one if there is one.
 *
 * @param s3 The bucket.
 * @param path Path of the object.
 * @param body Content, at most 5 GiB.
 */
export async function putObject(s3: S3, path: string, body: Uint8Array): Promise<void> {
  await s3.send(`put "${path}"`, { method: "PUT", key: s3.keyOf(path), body }, readBody);
}

/**
 * Writes an object unless there is one. Where an answer was lost and the repetition is refused, the stored bytes tell who
 * won; where no answer comes at all it fails, as nobody can know.
 *
 * @param s3 The bucket.
 * @param path Path of the object.
 * @param body Content, at most 5 GiB.
 * @param headers More of the request.
 * @returns true when the object has these bytes because of this call, or of another one with the same bytes.
 */
export async function putNew(
  s3: S3,
  path: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<boolean> {
  const request = { method: "PUT", key: s3.keyOf(path), headers: { ...headers, "if-none-match": "*" }, body } as const;
  return await s3.trySend<boolean>(`put "${path}" (whether it was stored is unknown)`, request, {
    read: (answer) => readBody(answer).then(() => true),
    refused: async ({ status }, isUnclear): Promise<Verdict<boolean>> => {
      if (status === 409) return "again"; // another request for this name was being served
      if (status !== 412) return "failure";
      if (!isUnclear) return { is: false };
      const stored = await readObject(s3, path, readBody);
      return stored === null ? "again" : { is: isEqual(stored, body) };
    },
  });
}

/**
 * Removes an object; one that is not there is no error.
 *
 * @param s3 The bucket.
 * @param path Path of the object.
 */
export async function deleteObject(s3: S3, path: string): Promise<void> {
  await s3.trySend<unknown>(`delete "${path}"`, { method: "DELETE", key: s3.keyOf(path) }, {
    read: readBody,
    refused: nullIfAbsent,
  });
}

function nullIfAbsent({ status, code }: S3Refusal): Promise<Verdict<null>> {
  return Promise.resolve(status === 404 && code !== "NoSuchBucket" ? { is: null } : "failure");
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
