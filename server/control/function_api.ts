import { isoMicros } from "../../lib/events/mod.ts";
import { Problem } from "../http/mod.ts";
import type { App } from "./_express.ts";
import type { ControlPlane } from "./control_plane.ts";

/**
 * Adds the routes under `/api/functions`.
 *
 * @param app Express application
 * @param plane control plane
 */
export function addFunctionApi(app: App, { control, readManifest }: ControlPlane): void {
  app.get("/api/functions", async (_, response) => {
    const { functions } = await control.state();
    const list = Object.entries(functions).map(([name, { hash, by, atMicros, history }]) => ({
      name,
      hash,
      by,
      at: isoMicros(atMicros),
      versions: new Set(history.map(({ hash }) => hash)).size,
    }));
    response.json({ functions: list });
  });
  app.get("/api/functions/:name", async (request, response) => {
    const [name, hash] = request.params.name!.split("@") as [string, string?];
    const { functions } = await control.state();
    const found = Object.hasOwn(functions, name) ? functions[name]! : null;
    const wanted = found?.history.find((entry) => entry.hash === (hash ?? found.hash));
    if (wanted === undefined) throw new Problem(404, `Function "${request.params.name}" is not promoted`);
    const promoted = { by: wanted.by, at: isoMicros(wanted.atMicros), offset: wanted.offset };
    response.json({ promoted, manifest: await readManifest(wanted.hash), history: found!.history });
  });
}
