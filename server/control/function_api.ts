import { z } from "zod";
import { isoMicros } from "../../lib/events/mod.ts";
import { Problem } from "../http/mod.ts";
import type { App } from "./_express.ts";
import { parseBody, REASON } from "./_parse_body.ts";
import type { ControlPlane } from "./control_plane.ts";

const promotion = z.strictObject({
  ...REASON,
  notebook: z.string().min(1).max(1000),
  name: z.string().min(1).max(200),
  allowDirty: z.boolean().default(false),
});

/**
 * Adds the routes under `/api/functions`, and `/api/promotions`.
 *
 * @param app Express application
 * @param plane control plane
 */
export function addFunctionApi(app: App, { control, readManifest, promote }: ControlPlane): void {
  app.post("/api/promotions", async (request, response) => {
    const { name, hash, manifest, examples, changed } = await promote(parseBody(promotion, request.body));
    response.json({ name, hash, manifest, examples, changed });
  });
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
