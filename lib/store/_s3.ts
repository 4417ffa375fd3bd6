import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Guarantee } from "../config/mod.ts";
import { openCache, type Origin } from "./_cache.ts";
import { writeAll } from "./_durable.ts";
import { checkFolder, checkForeignPath, checkPath, checkPrefix } from "./_path.ts";
import { type S3, s3Of } from "./_s3_client.ts";
import { listFolders, listObjects } from "./_s3_list.ts";
import { deleteObject, headObject, headOf, putNew, putObject, readObject } from "./_s3_objects.ts";
import { type Proof, proveWrites } from "./_s3_proof.ts";
import { checkLength, md5, readBody, type S3Answer } from "./_s3_request.ts";
import { uploadFile } from "./_s3_upload.ts";
import type { S3Location, StoreOptions } from "./open_store.ts";
import type { Store } from "./store.ts";

const CACHE_BYTES = 10 * 1024 ** 3;

/**
 * Opens a bucket as a store: put-if-absent is a PUT with `If-None-Match: *`.
 *
 * @param location The bucket.
 * @param options How it waits.
 * @returns The store, writable if put-if-absent was proved.
 * @throws {Error} When the endpoint does not answer, the bucket is missing or the credentials are not good for it.
 */
export async function openS3(location: S3Location, options: Required<StoreOptions>): Promise<Store> {
  const s3 = s3Of(location, options);
  for await (const _ of listObjects(s3, ".", "")) break; // the first request: says what is wrong, whatever may be written
  const proof = await proveWrites(s3);
  const root = join(location.dir, "cache", folderOf(location));
  const cache = await openCache(root, location.cacheBytes ?? CACHE_BYTES, originOf(s3, proof));

  function checkWrite(verb: string, path: string): void {
    checkPath(path);
    if (proof.readOnlyReason === null) return;
    throw new Error(`Cannot ${verb} "${path}" as the store "${s3.url}" is read-only: ${proof.readOnlyReason}`);
  }

  return {
    url: s3.url,
    localDir: root,
    writable: proof.readOnlyReason === null,
    readOnlyReason: proof.readOnlyReason,
    async get(path) {
      checkPath(path);
      const bytes = await readObject(s3, path, async (answer) => {
        const bytes = await readBody(answer);
        checkMd5(proof, answer, () => md5(bytes, "hex"));
        return bytes;
      });
      return bytes ?? absent(s3, path);
    },
    async put(path, bytes) {
      checkWrite("put", path);
      await putObject(s3, path, bytes);
      await cache.drop(path);
    },
    async putIfAbsent(path, bytes) {
      checkWrite("put", path);
      return await putNew(s3, path, bytes);
    },
    async adopt(localFile, path) {
      checkWrite(`adopt "${localFile}" as`, path);
      await uploadFile(s3, localFile, path);
      await cache.admit(localFile, path);
    },
    list(prefix, { after = "" } = {}) {
      checkPrefix(prefix);
      return listObjects(s3, prefix, after);
    },
    async folders(folder) {
      checkFolder(folder);
      return await listFolders(s3, folder);
    },
    async delete(path) {
      checkWrite("delete", path);
      await deleteObject(s3, path);
      await cache.drop(path);
    },
    async localPath(path) {
      checkPath(path);
      return await cache.file(path) ?? absent(s3, path);
    },
    async hold(paths) {
      paths.forEach(checkForeignPath);
      const outcome = await cache.hold(paths);
      return "held" in outcome ? outcome.held : absent(s3, outcome.missing);
    },
    async exists(path) {
      checkPath(path);
      return await headObject(s3, path) !== null;
    },
    guarantees: () => Promise.resolve(guaranteesOf(proof)),
  };
}

/** Buckets that share a folder have names in common. */
function folderOf({ endpoint, bucket, prefix }: S3Location): string {
  const id = createHash("sha256").update(JSON.stringify([endpoint, bucket, prefix])).digest("hex");
  return `${bucket}-${id.slice(0, 12)}`;
}

function originOf(s3: S3, proof: Proof): Origin {
  return {
    head: (path) => headObject(s3, path),
    async fetch(path, file, onSize) {
      let disk: { cause: unknown } | null = null; // not the endpoint's fault: no reason to ask again
      const head = await readObject(s3, path, async (answer) => {
        const head = headOf(answer.headers), hash = createHash("md5");
        let bytes = 0;
        try {
          await onSize(head.bytes);
          await file.seek(0, Deno.SeekMode.Start);
          await file.truncate(0);
        } catch (cause) {
          disk = { cause };
          return head;
        }
        for await (const chunk of answer.chunks) {
          hash.update(chunk);
          bytes += chunk.length;
          await writeAll(file, chunk).catch((cause) => disk = { cause });
          if (disk) return head;
        }
        checkLength(answer.headers, bytes);
        checkMd5(proof, answer, () => hash.digest("hex"));
        return head;
      });
      if (disk) throw (disk as { cause: unknown }).cause;
      return head;
    },
  };
}

/** What is noted counts before the tag, which is no MD5 where an object is encrypted or was put in parts. */
function checkMd5({ isTagMd5 }: Proof, { headers }: S3Answer, md5Of: () => string): void {
  const { etag, md5: noted } = headOf(headers), encryption = headers.get("x-amz-server-side-encryption");
  const isTag = isTagMd5 && (encryption === null || encryption === "AES256") && /^[0-9a-f]{32}$/.test(etag);
  const wanted = noted ?? (isTag ? etag : null), found = wanted && md5Of();
  if (found !== wanted) throw new Error(`the bytes that came have the MD5 ${found}, not ${wanted}`);
}

function absent(s3: S3, path: string): never {
  throw new Deno.errors.NotFound(`Cannot get "${path}" as it must exist: nothing at "${s3.url}/${path}"`);
}

function guaranteesOf({ readOnlyReason, isTagMd5, keepsMd5 }: Proof): Guarantee[] {
  const checked = [...isTagMd5 ? ["put whole"] : [], ...keepsMd5 ? ["that Boathouse put in parts"] : []].join(" or ");
  const unchecked = [
    isTagMd5 ? null : "files put whole (tags are no MD5 here)",
    `files in parts${keepsMd5 ? " of other programs" : ""}`,
  ].filter((files) => files !== null).join(" and ");
  return [
    readOnlyReason === null
      ? { name: "put-if-absent", state: "proved", detail: "a second put with If-None-Match: * was refused (412)" }
      : { name: "put-if-absent", state: "broken", detail: `${readOnlyReason}; the lake is read-only` },
    { name: "durable writes", state: "promised", detail: "the endpoint must keep what it has acknowledged" },
    ...checked === ""
      ? []
      : [{ name: "whole copies", state: "proved", detail: `files ${checked} are checked by MD5` } as const],
    { name: "whole copies", state: "promised", detail: `${unchecked} are checked by size alone` },
  ];
}
