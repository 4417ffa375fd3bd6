import { openDirectory } from "./_directory.ts";
import type { Store } from "./store.ts";

/** A bucket of an S3 server, or a part of one. */
export interface S3Location {
  /** It speaks the S3 protocol. */
  kind: "s3";
  /** For example `https://s3.eu-central-1.amazonaws.com` or `http://127.0.0.1:9000`. */
  endpoint: string;
  /** Region that requests are signed for. */
  region: string;
  /** Name of the bucket; it must be there. */
  bucket: string;
  /** Path in the bucket that all objects lie below, without slashes at its ends; `""` for the whole bucket. */
  prefix: string;
  /** Who asks. */
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** Absolute folder of this machine for copies of objects and files in passing; several buckets may share it. */
  dir: string;
  /**
   * Bytes of copies that are kept; what is held, or was named within a minute, may exceed it.
   * @default 10 GiB
   */
  cacheBytes?: number;
}

/** Where the objects lie. */
export type StoreLocation =
  | {
    /** Files of this machine. */
    kind: "directory";
    /** Absolute folder; made when missing. */
    dir: string;
  }
  | S3Location;

/** How a store waits for a server. A directory does not wait. */
export interface StoreOptions {
  /**
   * Milliseconds without any movement after which a try is given up; a large body has more time.
   * @default 10_000
   */
  timeoutMs?: number;
  /**
   * Milliseconds of waiting after which no other try begins; time in which bytes come does not count.
   * @default 30_000
   */
  limitMs?: number;
  /**
   * How often a request is sent while nobody answers, with growing pauses: 6 that fail at once take about six seconds.
   * @default 6
   */
  attempts?: number;
  /**
   * Told of each repetition, for people.
   * @default console.error
   */
  onRetry?: (line: string) => void;
}

/**
 * Opens a store. It proves put-if-absent (a second put must be refused) and is read-only where that fails. A directory
 * is swept before its first write of what writers that were killed left behind more than an hour ago.
 *
 * @param location The folder or bucket that holds the objects.
 * @param options How it waits for a server.
 * @returns The store; see `writable`.
 * @throws {Error} When the folder is missing and cannot be made, or is no folder; when the server does not answer, the
 * bucket is missing or the credentials are not good for it.
 *
 * @example
 * ```ts
 * import { openStore } from "./open_store.ts";
 *
 * const store = await openStore({ kind: "directory", dir: await Deno.makeTempDir() });
 * console.assert(await store.putIfAbsent("tables/a/0.json", new Uint8Array([1])));
 * console.assert(!await store.putIfAbsent("tables/a/0.json", new Uint8Array([2])));
 * ```
 */
export async function openStore(location: StoreLocation, options: StoreOptions = {}): Promise<Store> {
  if (location.kind === "directory") return await openDirectory(location.dir);
  const { timeoutMs = 10_000, limitMs = 30_000, attempts = 6, onRetry = console.error } = options;
  const { openS3 } = await import("./_s3.ts"); // its client takes 200 ms to load
  return await openS3(location, { timeoutMs, limitMs, attempts, onRetry });
}
