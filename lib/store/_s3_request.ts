import { Buffer } from "node:buffer";
import http from "node:http";
import https from "node:https";
import { createHash } from "node:crypto";
import { Client } from "minio";
import type { S3Location } from "./open_store.ts";

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
  headers: http.IncomingHttpHeaders;
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

const NEVER_SERVED = new Set([408, 429, 499, 500, 502, 503, 504, 520]); // statuses that the client takes as no answer
const ANSWERS = Array.from({ length: 500 }, (_, i) => 100 + i);
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Signs and sends requests by the minio client: it retries nothing, and gives up where nothing moves for a time.
 *
 * @param location The bucket.
 * @param timeoutMs How long an answer, or a part of it, is waited for.
 * @returns What sends a request.
 */
export function senderOf(location: S3Location, timeoutMs: number): Send {
  const { endpoint, region, bucket, credentials } = location;
  const { hostname, port, protocol } = new URL(endpoint);
  const isSecure = protocol === "https:";
  const agent = new (isSecure ? https : http).Agent({ keepAlive: true, maxSockets: 64 });
  const client = new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (isSecure ? 443 : 80) : Number(port),
    useSSL: isSecure,
    accessKey: credentials.accessKeyId,
    secretKey: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
    region,
    transport: patient(isSecure, timeoutMs),
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  });
  return async ({ method, key, query, headers = {}, body }, read) => {
    const payload = Buffer.from(body?.buffer ?? new ArrayBuffer(0), body?.byteOffset, body?.byteLength);
    const options = {
      method,
      bucketName: bucket,
      ...(key !== undefined && { objectName: key }),
      ...(query !== undefined && { query }),
      headers: { ...headers, ...(isSecure && body && { "content-md5": md5(body, "base64") }) },
    };
    const response = await client.makeRequestAsync(options, payload, ANSWERS, region);
    return await readAnswer(response, method, timeoutMs, read);
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
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const bytes = new Uint8Array(Buffer.concat(parts));
  checkLength(headers, bytes.length);
  return bytes;
}

/**
 * Refuses a body that was cut off.
 *
 * @param headers Of the answer.
 * @param bytes How many came.
 * @throws {Error} When the answer said another number.
 */
export function checkLength(headers: http.IncomingHttpHeaders, bytes: number): void {
  const wanted = headers["content-length"];
  if (wanted === undefined || Number(wanted) === bytes) return;
  throw new Error(`the answer was cut off: ${bytes} of ${wanted} bytes came`);
}

/** A transport that gives up, and treats what means "try again" as no answer: the client would drop the reason. */
function patient(isSecure: boolean, timeoutMs: number) {
  const request = (options: http.RequestOptions, answer: (response: http.IncomingMessage) => void) => {
    const sent = (isSecure ? https : http).request(options, (response) => {
      clearTimeout(timer);
      if (!NEVER_SERVED.has(response.statusCode ?? 0)) return answer(response);
      refusalOf(response, timeoutMs).then(
        (refusal) => sent.emit("error", refusal),
        (cause) => sent.emit("error", cause),
      );
    });
    const timer = setTimeout(() => sent.destroy(timedOut(timeoutMs)), timeoutMs);
    sent.on("close", () => clearTimeout(timer));
    return sent;
  };
  return { request: request as typeof http.request };
}

async function readAnswer<T>(
  response: http.IncomingMessage,
  method: string,
  timeoutMs: number,
  read: (answer: S3Answer) => Promise<T>,
): Promise<T> {
  const { statusCode = 0, headers } = response;
  if (statusCode < 200 || statusCode > 299) throw await refusalOf(response, timeoutMs);
  try {
    if (method === "HEAD") response.resume();
    return await read({ headers, chunks: moving(response, timeoutMs) });
  } finally {
    if (!response.complete) response.destroy(); // who stopped early does not want the rest
  }
}

async function* moving(response: http.IncomingMessage, timeoutMs: number): AsyncGenerator<Uint8Array> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => timer = setTimeout(() => response.destroy(timedOut(timeoutMs)), timeoutMs);
  try {
    wait();
    for await (const chunk of response) {
      clearTimeout(timer);
      yield chunk;
      wait();
    }
  } finally {
    clearTimeout(timer);
  }
}

async function refusalOf(response: http.IncomingMessage, timeoutMs: number): Promise<S3Refusal> {
  const { statusCode: status = 0 } = response;
  let text = "";
  for await (const chunk of moving(response, timeoutMs)) {
    if (text.length < MAX_ERROR_BYTES) text += new TextDecoder().decode(chunk);
  }
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

function timedOut(timeoutMs: number): Error {
  return new Error(`nothing moved for ${timeoutMs} ms`);
}
