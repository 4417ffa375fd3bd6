import type { Guarantee } from "../config/mod.ts";

/** An object as a listing shows it. */
export interface StoredObject {
  /** Relative to the store, `/`-separated. */
  path: string;
  /** Size. */
  bytes: number;
  /** When it was written, milliseconds since 1970. */
  modifiedMs: number;
}

/** Local files with the bytes of objects, which stay there until this is disposed of. */
export interface Held extends AsyncDisposable {
  /** Absolute paths, in the order of what was asked for; to be read only. */
  readonly files: readonly string[];
}

/**
 * Objects by path. A path is relative, `/`-separated, of `A-Z a-z 0-9 . _ = -` only, since readers of the lake differ
 * in how they decode anything else. What a write has resolved for is durable; no reader ever sees half an object.
 */
export interface Store {
  /** For example `file:/data/lake`. */
  readonly url: string;
  /**
   * Absolute folder of this machine, below which all local files of objects lie: `<localDir>/<path>` each. Files that
   * are to be adopted, and others in passing, are best made in a folder of their own below it.
   */
  readonly localDir: string;
  /** false when put-if-absent was not proved at start: every write is then refused. */
  readonly writable: boolean;
  /** Why the store is not writable, else null. */
  readonly readOnlyReason: string | null;
  /** Reads a whole object; rejects with Deno.errors.NotFound when there is none. */
  get(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Writes an object, over an older one if there is one. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes an object unless there is one: of any number of racing callers with different bytes exactly one gets true.
   * Where the answer of a server was lost the stored bytes decide, so that of callers with the same bytes several may
   * get true: who must know that it was first puts a nonce into its bytes. Rejects where nobody can tell, and says so.
   */
  putIfAbsent(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Moves a finished local file in; the local file is gone afterwards. */
  adopt(localFile: string, path: string): Promise<void>;
  /**
   * Lists the objects whose path starts with the prefix (`""` for all), ascending by path. With `after` only those whose
   * path is greater; what comes before costs nothing then.
   */
  list(prefix: string, options?: { after?: string }): AsyncIterable<StoredObject>;
  /** Names what lies between a folder's path (with its slash, or `""`) and the next slash, once each and ascending. */
  folders(folder: string): Promise<string[]>;
  /** Removes an object; one that is not there is no error. */
  delete(path: string): Promise<void>;
  /**
   * Names a local file with the object's bytes, to be read only and at once; `hold` keeps files for longer. A store
   * elsewhere takes a copy with a uuid or a SHA-256 in its name for good: such a name must never get other bytes.
   */
  localPath(path: string): Promise<string>;
  /** Makes local files of objects and keeps them until the holder is disposed of; NotFound names the first that is missing. */
  hold(paths: readonly string[]): Promise<Held>;
  /** Tells what this store has proved, and what it only promises. */
  guarantees(): Promise<Guarantee[]>;
  /** Tells whether there is an object at the path. */
  exists(path: string): Promise<boolean>;
}
