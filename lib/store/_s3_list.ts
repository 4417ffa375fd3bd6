import { isPath } from "./_path.ts";
import type { S3 } from "./_s3_client.ts";
import { elementOf, readBody } from "./_s3_request.ts";
import type { StoredObject } from "./store.ts";

/**
 * Lists objects, ascending by path. A whole listing is gathered first: servers that keep folders yield "a/1" before
 * "a-b", which is not the order of whole paths.
 *
 * @param s3 The bucket.
 * @param prefix Start of the paths.
 * @param after Only greater paths.
 * @returns The objects; keys that no path can have are left out.
 */
export async function* listObjects(s3: S3, prefix: string, after: string): AsyncGenerator<StoredObject> {
  const from = startAfter(prefix, after);
  if (from === null) return;
  const found: StoredObject[] = [];
  for await (
    const page of pages(s3, { prefix: s3.keyOf(prefix), ...(from !== "" && { "start-after": s3.keyOf(from) }) })
  ) {
    for (const [, content] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const object = objectOf(s3, content!);
      if (object && object.path > after) found.push(object);
    }
  }
  yield* found.sort((a, b) => a.path < b.path ? -1 : 1);
}

/**
 * Names the folders directly below one.
 *
 * @param s3 The bucket.
 * @param folder Path of a folder, with its slash, or `""`.
 * @returns Their names, ascending.
 */
export async function listFolders(s3: S3, folder: string): Promise<string[]> {
  const names = new Set<string>(), key = s3.keyOf(folder);
  for await (const page of pages(s3, { prefix: key, delimiter: "/" })) {
    for (const [, common] of page.matchAll(/<CommonPrefixes>(.*?)<\/CommonPrefixes>/gs)) {
      const name = elementOf(common!, "Prefix")!.slice(key.length, -1);
      if (isPath(name)) names.add(name);
    }
  }
  return [...names].sort((a, b) => a < b ? -1 : 1);
}

/**
 * Where the server may begin, so that also in the order of a server with folders nothing wanted comes before: cut at the
 * first "-" or ".", which sort before a slash, and one character more, as such a server passes over a folder of that name.
 */
function startAfter(prefix: string, after: string): string | null {
  if (after < prefix) return "";
  if (!after.startsWith(prefix)) return null;
  const rest = after.slice(prefix.length).replace(/[-.].*$/s, "");
  const from = rest.endsWith("/") ? rest : rest.slice(0, -1);
  return from === "" ? "" : prefix + from;
}

async function* pages(s3: S3, query: Record<string, string>): AsyncGenerator<string> {
  let token: string | undefined;
  do {
    const asked = { "list-type": "2", "max-keys": "1000", ...query, ...(token && { "continuation-token": token }) };
    const request = { method: "GET", query: encoded(asked) } as const;
    const page = new TextDecoder().decode(await s3.send(`list "${query.prefix}"`, request, readBody));
    yield page;
    token = elementOf(page, "IsTruncated") === "true" ? elementOf(page, "NextContinuationToken") : undefined;
  } while (token !== undefined);
}

// Sorted and encoded as the signature has it.
function encoded(query: Record<string, string>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/[!'()*]/g, hex)}`)
    .sort((a, b) => a < b ? -1 : 1).join("&");
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function objectOf(s3: S3, content: string): StoredObject | null {
  const key = elementOf(content, "Key") ?? "", start = s3.keyOf("");
  const path = key.slice(start.length);
  if (!key.startsWith(start) || !isPath(path)) return null;
  return {
    path,
    bytes: Number(elementOf(content, "Size")),
    modifiedMs: Date.parse(elementOf(content, "LastModified") ?? ""),
  };
}
