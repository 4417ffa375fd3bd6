import { openCache } from "../_cache.ts";

// Holds a path of a cache, says so, and waits for its end.
const [root, path] = Deno.args;
const head = () => Promise.resolve({ bytes: 3, etag: "", md5: null });
const fetch = async (_: string, file: Deno.FsFile) => {
  await file.write(new Uint8Array(3));
  return { bytes: 3, etag: "", md5: null };
};
const cache = await openCache(root!, 1000, { head, fetch });
await cache.hold([path!]);
console.log("held");
setInterval(() => {}, 1000);
