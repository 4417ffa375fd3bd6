import { getObject, putObject } from "../../store/mod.ts";
import type { Database } from "./_database.ts";
import { listed, maybeText, type RegistryContext, type Route, route, text } from "./_route.ts";
import { artifactRoot, findRun } from "./_run_row.ts";
import { streamObject } from "./_stream_object.ts";
import { invalid, missing } from "../client/registry_error.ts";

/** Below it lie artifacts by path; without a path it lists them. */
export const ARTIFACTS_PATH = "/api/2.0/mlflow-artifacts/artifacts";

/** What is larger is verified while it is sent, not before. */
const STREAMED_BYTES = 4 * 1024 * 1024;

/** Calls on the artifacts of a run; their bytes travel by `answerArtifact`. */
export const ARTIFACT_ROUTES: readonly Route[] = [
  route("GET", "artifacts/list", { run_id: text, path: maybeText }, ({ db }, { run_id, path }) => {
    const root = artifactRoot(findRun(db, run_id, false));
    return { root_uri: `mlflow-artifacts:/${root}`, ...listed("files", listFolder(db, root, path)) };
  }),
  // A client that asks learns that it must go through the server.
  route("POST", "artifacts/presigned-download-url", { run_id: text, path: text }, ({ db }, { run_id }) => {
    findRun(db, run_id, false);
    throw invalid(
      "Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: " +
        "mlflow-artifacts). This endpoint requires a run with a direct cloud storage artifact URI.",
    );
  }),
];

/**
 * Answers a call of MLflow's artifact proxy: PUT, GET and DELETE of one artifact, GET of a listing.
 *
 * @param context tables and store
 * @param request the call, its path below `ARTIFACTS_PATH`
 * @returns the artifact's bytes, a listing, or nothing
 * @throws {RegistryError} when the path leaves the artifacts, or nothing lies there
 */
export async function answerArtifact(context: RegistryContext, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const path = decode(url.pathname.slice(ARTIFACTS_PATH.length + 1));
  if (request.method === "DELETE") return deleteArtifacts(context, checkPath(path));
  if (request.method === "PUT") return await putArtifact(context, checkPath(path), request);
  if (path !== "") return await getArtifact(context, checkPath(path));
  const folder = url.searchParams.get("path") ?? "";
  return Response.json({ ...listed("files", listPrefix(context.db, folder === "" ? "" : `${checkPath(folder)}/`)) });
}

function deleteArtifacts({ db }: RegistryContext, path: string): Response {
  const sql = "DELETE FROM artifacts WHERE path = ? OR (path >= ? AND path < ?)";
  db.run(sql, path, `${path}/`, `${path}/\u{10ffff}`);
  return Response.json({});
}

async function putArtifact({ db, store }: RegistryContext, path: string, request: Request): Promise<Response> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  const digest = await putObject(store, bytes);
  db.run("INSERT OR REPLACE INTO artifacts VALUES (?, ?, ?)", path, digest, bytes.length);
  return Response.json({});
}

async function getArtifact({ db, store, whole }: RegistryContext, path: string): Promise<Response> {
  const row = db.get<{ digest: string; bytes: number }>("SELECT digest, bytes FROM artifacts WHERE path = ?", path);
  if (!row) throw missing(`No such artifact: '${path}'`);
  const { digest, bytes } = row;
  const isLarge = bytes > STREAMED_BYTES;
  const body = isLarge ? await streamObject(store, digest, bytes, whole) : await getObject(store, digest);
  // Whatever was uploaded is data: no browser may run it under the control plane's origin.
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": String(bytes),
    "x-content-type-options": "nosniff",
  };
  return new Response(body, { headers });
}

/** One file or folder of a listing, as MLflow writes it. */
export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/**
 * Lists one folder of artifacts.
 *
 * @param db the registry's tables
 * @param root where the artifacts of a run or logged model begin
 * @param path the folder below it; empty for the root itself
 * @returns files and folders, their paths relative to the root
 * @throws {RegistryError} when the path leaves the artifacts
 */
export function listFolder(db: Database, root: string, path: string): FileInfo[] {
  const folder = path === "" ? "" : `${checkPath(path)}/`;
  return listPrefix(db, `${root}/${folder}`).map((file) => ({ ...file, path: folder + file.path }));
}

function listPrefix(db: Database, prefix: string): FileInfo[] {
  const sql = "SELECT path, bytes FROM artifacts WHERE path >= ? AND path < ? ORDER BY path";
  const found = new Map<string, FileInfo>();
  for (const { path, bytes } of db.all<{ path: string; bytes: number }>(sql, prefix, `${prefix}\u{10ffff}`)) {
    const [head, ...tail] = path.slice(prefix.length).split("/") as [string, ...string[]];
    found.set(head, tail.length > 0 ? { path: head, is_dir: true } : { path: head, is_dir: false, file_size: bytes });
  }
  return [...found.values()];
}

/**
 * Decodes a part of a URL's path.
 *
 * @param path the part, percent-encoded
 * @returns the text
 * @throws {RegistryError} when its encoding is malformed
 */
export function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    if (cause instanceof URIError) throw invalid("Invalid path");
    throw cause;
  }
}

function checkPath(path: string): string {
  const parts = path.replace(/\/$/, "").split("/");
  // deno-lint-ignore no-control-regex
  if (parts.some((part) => part === "" || part === "." || part === "..") || /[\\\x00-\x1f\x7f]/.test(path)) {
    throw invalid("Invalid path");
  }
  return parts.join("/");
}
