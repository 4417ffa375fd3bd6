import { join } from "node:path";
import type { Backend } from "./fault.ts";
import { type Place, TOPIC } from "./place.ts";

/** The workbench of one run, in a folder of its own. */
export interface Workbench {
  /** Where its parts lie. */
  place: Place;
  /** Address of its table for delta-rs. */
  table: { uri: string; options: Record<string, string> };
  /** Absolute folder of all that lies on this machine. */
  dir: string;
}

/** Makes workbenches of one kind; dispose of it to end the servers that they need. */
export interface Workbenches extends AsyncDisposable {
  /** What they are on. */
  backend: Backend;
  /** What a report calls them. */
  name: string;
  /** Makes one. */
  make(): Promise<Workbench>;
}

/** Workbenches of SQLite and a directory: they need nothing that this machine lacks. */
export function embeddedWorkbenches(): Workbenches {
  return {
    backend: { bus: "sqlite", store: "directory" },
    name: "SQLite and a directory",
    async make() {
      const dir = await Deno.makeTempDir({ prefix: "boathouse-proof-" });
      const lake = join(dir, "lake");
      const place: Place = {
        bus: { kind: "sqlite", dir: join(dir, "bus") },
        store: { kind: "directory", dir: lake },
        tmpDir: join(lake, ".tmp-proof"),
      };
      return { place, table: { uri: join(lake, "tables", TOPIC), options: {} }, dir };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
