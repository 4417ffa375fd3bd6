import { TEMPORARY } from "./_path.ts";
import { type S3, S3Error } from "./_s3_client.ts";
import { deleteObject, headObject, MD5_HEADER, putNew, readObject } from "./_s3_objects.ts";
import { md5, readBody } from "./_s3_request.ts";

/** What was found out about a bucket by writing to it. */
export interface Proof {
  /** Why it must not be written to; null when put-if-absent was proved. */
  readOnlyReason: string | null;
  /** Whether the tag of an object is the MD5 of its content, so that a copy can be checked by it. */
  isTagMd5: boolean;
  /** Whether an object keeps the MD5 that is noted with it. */
  keepsMd5: boolean;
}

/**
 * Puts twice at one key that no other process has: the second must be refused and the first kept.
 *
 * @param s3 The bucket, known to answer.
 * @returns What was found; the object is gone again.
 * @throws {Error} When the endpoint does not answer any more.
 */
export async function proveWrites(s3: S3): Promise<Proof> {
  const probe = `${TEMPORARY}${crypto.randomUUID()}`, first = new TextEncoder().encode("first");
  try {
    const sum = md5(first, "hex");
    if (!await putNew(s3, probe, first, { [MD5_HEADER]: sum })) {
      return refuted("the first put of a new object was refused");
    }
    const head = await headObject(s3, probe);
    const readOnlyReason = await refuteSecond(s3, probe);
    await deleteObject(s3, probe);
    return { readOnlyReason, isTagMd5: head?.etag === sum, keepsMd5: head?.md5 === sum };
  } catch (cause) {
    if (!(cause instanceof S3Error) || cause.code === null) throw cause;
    return refuted(cause.code === "NotImplemented" ? "the endpoint does not know If-None-Match" : cause.message);
  }
}

async function refuteSecond(s3: S3, probe: string): Promise<string | null> {
  if (await putNew(s3, probe, new TextEncoder().encode("second"))) {
    return "a second put with If-None-Match of the same object was not refused";
  }
  const kept = await readObject(s3, probe, readBody);
  return new TextDecoder().decode(kept ?? new Uint8Array()) === "first" ? null : "a refused put changed the object";
}

function refuted(readOnlyReason: string): Proof {
  return { readOnlyReason, isTagMd5: false, keepsMd5: false };
}
