import { type S3Answer, S3Refusal, type S3Request, senderOf } from "./_s3_request.ts";
import type { S3Location, StoreOptions } from "./open_store.ts";

/** Requests about one bucket: each is tried again while nobody answers, and its failure says what to do. */
export interface S3 {
  location: S3Location;
  /** For example `s3://bucket/prefix`. */
  url: string;
  /** Key of a path. */
  keyOf(path: string): string;
  /** Sends a request that may be repeated. */
  send<T>(what: string, request: S3Request, read: (answer: S3Answer) => Promise<T>): Promise<T>;
  /** Sends a request and tells what each try came to, for requests whose repetition needs thought. */
  trySend<T>(what: string, request: S3Request, judge: Judge<T>): Promise<T>;
}

/** Decides after each try: an answer, or the next try. */
export interface Judge<T> {
  read(answer: S3Answer): Promise<T>;
  /** Takes a refusal, or fails with it. `isUnclear` when an earlier try may have been served without an answer. */
  refused(refusal: S3Refusal, isUnclear: boolean): Promise<Verdict<T>>;
}

/** What a refusal means. */
export type Verdict<T> = { is: T } | "again" | "failure";

const PAUSE_MS = 200;

/**
 * Prepares requests about a bucket; nothing is sent.
 *
 * @param location The bucket.
 * @param options Time-outs, tries, and who is told of a repetition.
 * @returns What sends them.
 */
export function s3Of(location: S3Location, options: Required<StoreOptions>): S3 {
  const { bucket, prefix, endpoint } = location;
  const { timeoutMs, limitMs, attempts, onRetry } = options;
  const url = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;
  const sendOnce = senderOf(location, timeoutMs);

  async function trySend<T>(what: string, request: S3Request, judge: Judge<T>): Promise<T> {
    let isUnclear = false;
    const waited = stopwatch();
    for (let attempt = 1;; attempt++) {
      try {
        return await sendOnce(
          request,
          ({ headers, chunks }) => judge.read({ headers, chunks: waited.without(chunks) }),
        );
      } catch (cause) {
        if (isAnswer(cause)) {
          const verdict = await judge.refused(cause, isUnclear);
          if (typeof verdict === "object") return verdict.is;
          if (verdict === "failure") throw failure(what, cause, { url, endpoint, bucket });
        } else isUnclear = true;
        const pauseMs = PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
        if (attempt >= attempts || waited.ms() + pauseMs >= limitMs) {
          throw failure(what, cause, { url, endpoint, bucket });
        }
        onRetry(
          `"${url}" at "${endpoint}" did not ${what} (${textOf(cause)}): trying again in ${Math.round(pauseMs)} ms, ` +
            `${attempt + 1} of ${attempts}`,
        );
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  return {
    location,
    url,
    keyOf: (path) => prefix === "" ? path : `${prefix}/${path}`,
    trySend,
    send: (what, request, read) => trySend(what, request, { read, refused: () => Promise.resolve("failure") }),
  };
}

interface Stopwatch {
  /** Milliseconds so far, without those in which pieces came. */
  ms(): number;
  /** Passes pieces on; the time from the first to the last does not count. */
  without<T>(pieces: AsyncIterable<T>): AsyncIterable<T>;
}

function stopwatch(): Stopwatch {
  const began = performance.now();
  let flowedMs = 0;
  return {
    ms: () => performance.now() - began - flowedMs,
    async *without(pieces) {
      let last: number | null = null;
      for await (const piece of pieces) {
        const now = performance.now();
        flowedMs += now - (last ?? now);
        last = now;
        yield piece;
      }
    },
  };
}

/** 5xx and the like come from whoever stands in between too: they do not tell whether the request was served. */
function isAnswer(cause: unknown): cause is S3Refusal {
  return cause instanceof S3Refusal && cause.status < 500 && ![408, 429, 499].includes(cause.status) ||
    cause instanceof S3Refusal && cause.status === 501;
}

/** A failure that says which bucket, where, and the way out; it never carries credentials. */
export class S3Error extends Error {
  constructor(message: string, readonly code: string | null, options: ErrorOptions) {
    super(message, options);
  }
}

function failure(what: string, cause: unknown, at: { url: string; endpoint: string; bucket: string }): S3Error {
  const code = cause instanceof S3Refusal ? cause.code : null;
  const rule = code === null ? "the endpoint must answer" : "the endpoint must serve it";
  const wayOut = code === null ? AWAY : WAYS_OUT[code] ?? (isFailing(cause) ? AWAY : "");
  return new S3Error(
    `Cannot ${what} in "${at.url}" at "${at.endpoint}" as ${rule}: ${textOf(cause).replace(/\.$/, "")}${
      wayOut.replace("BUCKET", at.bucket)
    }`,
    code,
    { cause },
  );
}

function isFailing(cause: unknown): boolean {
  return cause instanceof S3Refusal && cause.status >= 500;
}

const AWAY = '; see that it runs and that the endpoint under "lake" is right, then try again';
const CREDENTIALS = "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to credentials that may use the bucket";
const WAYS_OUT: Readonly<Record<string, string>> = {
  AccessDenied: CREDENTIALS,
  InvalidAccessKeyId: CREDENTIALS,
  SignatureDoesNotMatch: CREDENTIALS,
  ExpiredToken: "; get new credentials and set AWS_SESSION_TOKEN with them",
  InvalidToken: "; get new credentials and set AWS_SESSION_TOKEN with them",
  RequestTimeTooSkewed: "; set the clock of this machine",
  NoSuchBucket: '; make the bucket "BUCKET", or name another one under "lake"',
  AuthorizationHeaderMalformed: '; set region= under "lake" to the region of the bucket',
  PermanentRedirect: '; set endpoint= and region= under "lake" to those of the bucket',
};

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as { code?: unknown };
  return cause.message !== "" ? cause.message : String(code ?? cause.name);
}
