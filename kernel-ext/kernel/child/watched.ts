import fs from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import type { Watcher } from "./reads.ts";

const both = (...names: string[]) => names.flatMap((name) => [name, `${name}Sync`]);

const READERS = both("readFile", "readTextFile", "readDir", "readLink", "realPath", "open", "stat", "lstat");
const WRITERS = [
  ...both("writeFile", "writeTextFile", "mkdir", "remove", "rename", "copyFile", "create", "chmod", "chown"),
  ...both("link", "symlink", "truncate", "utime"),
  "chdir",
];
const TEMPORARY = both("makeTempDir", "makeTempFile");
const NETWORK = ["connect", "connectTls", "listen", "listenTls", "resolveDns", "serve"];
const PROGRAMS = ["Command", "spawn", ...both("spawnAndWait"), "dlopen"];
const NODE_READERS = [
  ...both("readFile", "readdir", "opendir", "readlink", "realpath", "open", "stat", "lstat", "statfs", "access"),
  ...both("exists"),
];
const NODE_WRITERS = [
  ...both("writeFile", "appendFile", "mkdir", "rm", "rmdir", "unlink", "rename", "copyFile", "cp", "chmod", "chown"),
  ...both("link", "symlink", "truncate", "utimes"),
];

/** Watches what every cell has without an import. */
export function watchGlobals(watcher: Watcher): void {
  watchClock(() => watcher.asked("clock"));
  const random = () => watcher.asked("random");
  watch(Math, ["random"], random);
  watch(Crypto.prototype, ["getRandomValues", "randomUUID"], random);
  watch(SubtleCrypto.prototype, ["generateKey"], random);

  watchFiles(watcher, Deno, [...READERS, "watchFs"], WRITERS);
  watch(Deno, TEMPORARY, (options) => watcher.know((options as Deno.MakeTempOptions | undefined)?.dir ?? tmpdir()));
  watchFiles(watcher, fs, [...NODE_READERS, "createReadStream", "openAsBlob", "watch", "watchFile"], [
    ...NODE_WRITERS,
    "createWriteStream",
  ]);
  watchFiles(watcher, fs.promises, NODE_READERS, NODE_WRITERS);

  watch(Deno, NETWORK, (address) => watcher.logged("network", address));
  watch(globalThis, ["WebSocket", "EventSource"], () => watcher.unlogged("network"));
  watch(globalThis, ["fetch"], (resource) => {
    if (/^https?:/i.test(resource instanceof Request ? resource.url : String(resource))) watcher.unlogged("network");
  });
  // Another program may read anything.
  watch(Deno, PROGRAMS, () => watcher.unlogged("file"));
}

function watchFiles(watcher: Watcher, holder: object, readers: readonly string[], writers: readonly string[]): void {
  for (const name of readers) {
    watch(holder, [name], (file, options) => {
      if (opensToWrite(name, options)) watcher.know(file);
      else watcher.logged("file", file);
    });
  }
  watch(holder, writers, watcher.know);
}

function watchClock(read: () => void): void {
  watch(globalThis, ["Date"], (...args) => args.length === 0 && read());
  Object.defineProperty(Date.prototype, "constructor", { value: Date, writable: true, configurable: true });
  watch(Date, ["now"], read);
  watch(Performance.prototype, ["now", "mark", "measure"], read);
  watch(Temporal.Now, Object.getOwnPropertyNames(Temporal.Now).filter((name) => name !== "timeZoneId"), read);
  watch(process.hrtime, ["bigint"], read);
  watch(process, ["hrtime", "uptime"], read);
  watch(console, ["timeEnd", "timeLog"], read);
}

/** What modules of the runtime offer beside the globals, by their name without `node:`. */
const BUILTINS: Record<string, (watcher: Watcher, holder: object) => void> = {
  crypto: (watcher, holder) => {
    const names = Object.keys(holder).filter((name) => /^(random|generate|getRandomValues)/.test(name));
    watch(holder, names, () => watcher.asked("random"));
  },
  child_process: (watcher, holder) => {
    watch(holder, ["fork", "spawn", "exec", "execFile", "spawnSync", "execSync", "execFileSync"], () => {
      watcher.unlogged("file");
    });
  },
  http: (watcher, holder) => watch(holder, ["get", "request"], () => watcher.logged("network")),
  https: (watcher, holder) => watch(holder, ["get", "request"], () => watcher.logged("network")),
};
const done = new WeakSet<object>();

/** A module of the runtime as cells get it: what is imported by its name is watched too. */
export function watchBuiltin(
  watcher: Watcher,
  specifier: string,
  module: Record<string, unknown>,
): Record<string, unknown> {
  const holder = module.default;
  if (typeof holder !== "object" || holder === null) return module;
  if (!done.has(holder)) BUILTINS[specifier.replace(/^node:/, "")]?.(watcher, holder);
  done.add(holder);
  return { ...module, ...holder };
}

const { apply } = Reflect;

// A proxy, so that name, length, statics, `new` and `instanceof` stay those of the original.
function watch(holder: object, names: readonly string[], before: (...args: readonly unknown[]) => void): void {
  for (const name of names) {
    const original = (holder as Record<string, unknown>)[name];
    if (typeof original !== "function") continue;
    const value = new Proxy(original, {
      apply: (target, self, args) => {
        apply(before, undefined, args);
        return apply(target, self, args);
      },
      construct: (target, args, newTarget) => {
        apply(before, undefined, args);
        return Reflect.construct(target, args, newTarget);
      },
    });
    Object.defineProperty(holder, name, { value, writable: true, configurable: true, enumerable: true });
  }
}

function opensToWrite(name: string, options: unknown): boolean {
  if (!name.startsWith("open")) return false;
  if (typeof options === "string") return /^[wa]/.test(options) && !options.includes("+");
  return typeof options === "object" && options !== null && !("read" in options && options.read);
}
