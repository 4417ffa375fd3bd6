import { z } from "zod";
import type { Calls } from "./calls.ts";
import { largeParts } from "./large_parts.ts";
import { multipartUpload } from "./multipart_upload.ts";
import { presignedDownload } from "./presigned_download.ts";

/** A file or folder among artifacts. */
export interface ArtifactInfo {
  /** Path below the run's artifacts. */
  path: string;
  /** Bytes of a file; 0 of a folder. */
  bytes: number;
  /** Whether it is a folder. */
  isFolder: boolean;
}

/** How bytes travel. */
export interface TransferOptions {
  /** Is told how many bytes have travelled, and of how many where that is known. */
  onProgress?: (progress: { bytes: number; totalBytes: number | null }) => void;
  /** Ends the transfer early. */
  signal?: AbortSignal;
}

/** Calls on artifacts. An artifact's URI is `mlflow-artifacts:/…`, as runs and versions name them. */
export interface ArtifactCalls {
  /** Lists the files of a run below a path, those of folders too. */
  listArtifacts(runId: string, path?: string): AsyncIterable<ArtifactInfo>;
  /** Stores an artifact: large ones in parts where the server can, else through the server. */
  putArtifact(uri: string, bytes: Uint8Array | Blob, options?: TransferOptions): Promise<void>;
  /** Reads an artifact as a whole. */
  getArtifact(uri: string, options?: TransferOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** Reads an artifact as a stream: from where it lies if the server gives a presigned URL, else through the server. */
  downloadArtifact(uri: string, options?: TransferOptions): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** Removes an artifact, or a folder of them. */
  deleteArtifact(uri: string): Promise<void>;
}

/** Where bytes go that travel past the server, and when. */
export interface TransferSettings {
  /** Sends a request to a presigned URL; it never carries the registry's login. */
  fetchBeside: (request: Request) => Promise<Response>;
  /** Bytes from which an upload goes in parts. @default 100 MiB */
  multipartFromBytes?: number;
  /** Bytes of a part. @default 100 MiB */
  partBytes?: number;
}

/** How much is read at once, and told of. */
const PART_BYTES = 512 * 1024;

const FILES = z.object({
  files: z.array(z.object({
    path: z.string(),
    is_dir: z.boolean().default(false),
    file_size: z.coerce.number().default(0),
  })).default([]),
});

/**
 * Makes the calls on artifacts.
 *
 * @param calls where they go
 * @param settings where transfers past the server go
 * @returns the calls
 */
export function artifactCalls(calls: Calls, settings: TransferSettings): ArtifactCalls {
  const beside = presignedDownload(calls, settings.fetchBeside);
  const inParts = multipartUpload(calls, settings);
  const at = (uri: string) => `/api/2.0/mlflow-artifacts/artifacts/${artifactPath(uri)}`;
  async function download(uri: string, { onProgress, signal }: TransferOptions) {
    const init = (): RequestInit => ({ ...(signal && { signal }) });
    const response = await beside(artifactPath(uri), init, `GET ${uri}`) ??
      await calls.send(at(uri), init, true, `GET ${uri}`);
    const length = response.headers.get("content-length");
    const body = response.body ?? new Blob([]).stream();
    const counted = onProgress
      ? ReadableStream.from(count(body, length === null ? null : Number(length), onProgress))
      : body;
    return { response, body: counted };
  }
  async function* list(runId: string, path: string): AsyncGenerator<ArtifactInfo> {
    const query = { run_id: runId, path: path === "" ? undefined : path };
    for (const { path, is_dir, file_size } of (await calls.call("GET", "artifacts/list", query, FILES)).files) {
      if (is_dir) yield* list(runId, path);
      else yield { path, bytes: file_size, isFolder: false };
    }
  }
  return {
    listArtifacts: (runId, path = "") => list(runId, path),
    async putArtifact(uri, bytes, { onProgress, signal } = {}) {
      const path = artifactPath(uri);
      const blob = bytes instanceof Blob ? bytes : new Blob([new Uint8Array(bytes)]);
      if (await inParts(path, blob, onProgress, signal)) return;
      const init = () => ({ method: "PUT", body: blob, ...(signal && { signal }) });
      const response = await calls.send(at(uri), init, true, `PUT ${uri}`);
      await response.body?.cancel();
      onProgress?.({ bytes: blob.size, totalBytes: blob.size });
    },
    async getArtifact(uri, options = {}) {
      const { response, body } = await download(uri, options);
      const whole = options.onProgress ? new Response(body) : response;
      return new Uint8Array(await whole.arrayBuffer());
    },
    downloadArtifact: async (uri, options = {}) => (await download(uri, options)).body,
    async deleteArtifact(uri) {
      const response = await calls.send(at(uri), () => ({ method: "DELETE" }), true, `DELETE ${uri}`);
      await response.body?.cancel();
    },
  };
}

async function* count(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  totalBytes: number | null,
  onProgress: NonNullable<TransferOptions["onProgress"]>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  for await (const part of largeParts(body, PART_BYTES)) {
    onProgress({ bytes: bytes += part.length, totalBytes });
    yield part;
  }
}

function artifactPath(uri: string): string {
  const path = /^mlflow-artifacts:\/(?:\/\/)?([^/].*)$/s.exec(uri)?.[1];
  if (path !== undefined) return path.split("/").map(encodeURIComponent).join("/");
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1] ?? "file";
  throw new RangeError(
    `Cannot reach artifact "${uri}" as the registry must serve it: it lies in "${scheme}", past the server; start MLflow ` +
      `with --serve-artifacts and without another --default-artifact-root, and log it again`,
  );
}
