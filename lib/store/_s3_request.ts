import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { Client } from "minio";
import type { S3Location } from "./open_store.ts";
import { type Carried, transportOf } from "./_s3_transport.ts";

/** One request of the S3 protocol. */
export interface S3Request {
  method: "GET" | "PUT" | "HEAD" | "DELETE" | "POST";
  /** Key of the object; none for requests about the bucket. */
  key?: string;
  /** Query, encoded. */
  query?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
}

/** The beginning of an answer; its body is read by who asked. */
export interface S3Answer {
  headers: Headers;
  /** Each is overwritten by the next one. */
  chunks: AsyncIterable<Uint8Array>;
}

/** An answer that refuses the request. */
export class S3Refusal extends Error {
  constructor(readonly status: number, readonly code: string, detail: string) {
    super(detail === "" ? `${code} (HTTP ${status})` : `${code} (HTTP ${status}): ${detail}`);
  }
}

/** Sends one request, once; rejects with S3Refusal where the answer is one, and with other errors where none came. */
export type Send = <T>(request: S3Request, read: (answer: S3Answer) => Promise<T>) => Promise<T>;

const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Signs requests by the minio client and sends them, each once.
 *
 * @param location The bucket.
 * @param timeoutMs How long an answer, or a part of it, is waited for.
 * @returns What sends a request.
 */
export function senderOf(location: S3Location, timeoutMs: number): Send {
  const { endpoint, region, bucket, credentials } = location;
  const { hostname, port, protocol } = new URL(endpoint);
  const isSecure = protocol === "https:";
  const client = new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (isSecure ? 443 : 80) : Number(port),
    useSSL: isSecure,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
    region,
    transport: transportOf(timeoutMs),
    retryOptions: { disableRetry: true },
  });
  return async ({ method, key, query, headers = {}, body }, read) => {
    const payload = body ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Buffer.alloc(0);
    const options = {
      method,
      bucketName: bucket,
      ...(key !== undefined && { objectName: key }),
      ...(query !== undefined && { query }),
      headers: { ...headers, ...(isSecure && body && { "content-md5": md5(body, "base64") }) },
    };
    const carried: unknown = await client.makeRequestAsync(options, payload, [200], region);
    const { status, ...answer } = carried as Carried;
    if (status < 200 || status > 299) throw await refusalOf(status, answer);
    return await read(answer);
  };
}

/**
 * Hashes bytes as S3 does.
 *
 * @param bytes Any bytes.
 * @param encoding Of the result.
 * @returns Their MD5.
 */
export function md5(bytes: Uint8Array, encoding: "hex" | "base64"): string {
  return createHash("md5").update(bytes).digest(encoding);
}

/**
 * Reads a body into memory.
 *
 * @param answer Answer whose body was not read yet.
 * @returns The bytes, as many as the answer said.
 * @throws {Error} When the connection ends before.
 */
export async function readBody({ headers, chunks }: S3Answer): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(Number(headers.get("content-length") ?? 0)), length = 0;
  for await (const chunk of chunks) {
    const end = length + chunk.length;
    if (end > bytes.length) bytes = grown(bytes, Math.max(end, 2 * bytes.length));
    bytes.set(chunk, length);
    length = end;
  }
  checkLength(headers, length);
  return bytes.subarray(0, length);
}

function grown(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

/**
 * Refuses a body that was cut off.
 *
 * @param headers Of the answer.
 * @param bytes How many came.
 * @throws {Error} When the answer said another number.
 */
export function checkLength(headers: Headers, bytes: number): void {
  const wanted = headers.get("content-length");
  if (wanted === null || Number(wanted) === bytes) return;
  throw new Error(`the answer was cut off: ${bytes} of ${wanted} bytes came`);
}

async function refusalOf(status: number, { chunks }: S3Answer): Promise<S3Refusal> {
  let text = "";
  for await (const chunk of chunks) if (text.length < MAX_ERROR_BYTES) text += new TextDecoder().decode(chunk);
  const code = elementOf(text, "Code") ?? CODES[status] ?? "refused";
  return new S3Refusal(status, code, (elementOf(text, "Message") ?? "").slice(0, 300));
}

const CODES: Readonly<Record<number, string>> = { // of answers without a body, such as those to HEAD
  301: "PermanentRedirect",
  400: "BadRequest",
  403: "AccessDenied",
  404: "NotFound",
  412: "PreconditionFailed",
  501: "NotImplemented",
};

/**
 * Finds the text of the first element of a name in an answer of S3.
 *
 * @param xml The answer.
 * @param name Name of the element.
 * @returns Its text; undefined when there is none.
 */
export function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return text?.replace(/&(lt|gt|quot|apos|amp|#34|#39);/g, (_, entity: string) => ENTITIES[entity]!);
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
  "#34": '"',
  "#39": "'",
};
