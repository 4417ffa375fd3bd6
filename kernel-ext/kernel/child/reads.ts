import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { callerOf } from "./origin.ts";
import type { Output } from "./output.ts";
import { create, keys } from "./primordials.ts";
import { watchBuiltin, watchGlobals } from "./watched.ts";

/** What a cell may read outside recorded clients. */
export type Kind = "file" | "network" | "clock" | "random";

/** What recorded clients read, so that the log of permissions can be told apart from it. */
export interface Reads {
  /** Files and addresses that recorded clients have used since the last call; a folder ends in a slash. */
  takeKnown(): string[];
  /** Notes that a recorded client uses a file, a folder or an address by other ways than Deno's own. */
  know(resource: string): void;
  /** A module of the runtime as cells get it: watched under each of its names. */
  builtin(specifier: string, module: Record<string, unknown>): Record<string, unknown>;
}

/** What is told of a call before it is made; its arguments say what it reads. */
export interface Watcher {
  /** Of a way that Deno's log of permissions shows too. */
  logged(kind: Kind, ...args: readonly unknown[]): void;
  /** Of a way that the log does not show. */
  unlogged(kind: Kind): void;
  /** Of what packages do all the time for themselves. */
  asked(kind: Kind): void;
  /** Of files that are written. */
  know(...names: readonly unknown[]): void;
}

/**
 * Watches the ways by which a cell reads clock, randomness, files, the network and other programs. What the author's
 * code asks for counts, also through a package. What Boathouse asks for is recorded by its clients and does not count.
 *
 * @param output Is told what a cell has read, once for each kind.
 */
export function watchReads(output: Output): Reads {
  let known = create(null) as Record<string, true>;
  const isTouched = (kind: Kind) => kind in output.run().touched;
  const touch = (kind: Kind): void => {
    const run = output.run();
    if (kind in run.touched) return;
    run.touched[kind] = true;
    output.send({ r: "unproven", n: run.n, kind });
  };
  const know: Watcher["know"] = (...names) => names.flatMap(namesOf).forEach((name) => known[name] = true);
  const watcher: Watcher = {
    know,
    logged: (kind, ...args) => {
      const caller = isTouched(kind) ? "author" : callerOf();
      // A package that nobody waits for is left to the log.
      if (caller === "author") touch(kind);
      if (caller === "author" || caller === "library") know(...args);
    },
    unlogged: (kind) => {
      if (!isTouched(kind) && callerOf() !== "library") touch(kind);
    },
    asked: (kind) => {
      if (!isTouched(kind) && callerOf() === "author") touch(kind);
    },
  };
  watchGlobals(watcher);
  return {
    know,
    takeKnown: () => {
      const names = keys(known);
      known = create(null);
      return names;
    },
    builtin: (specifier, module) => watchBuiltin(watcher, specifier, module),
  };
}

/** The names under which the log may have a file or an address. */
function namesOf(given: unknown): string[] {
  if (given instanceof URL) return given.protocol === "file:" ? [fileURLToPath(given)] : [given.host];
  if (typeof given === "string") return /^[a-z]+:\/\//.test(given) ? namesOf(new URL(given)) : [given, resolve(given)];
  if (typeof given !== "object" || given === null || !("port" in given)) return [];
  const { hostname = "127.0.0.1", port } = given as { hostname?: string; port: unknown };
  return [`${hostname}:${port}`];
}
