import { z } from "zod";
import { awaitNodes } from "../../lib/endpoints/mod.ts";
import { promoteModel } from "../../lib/evaluate/mod.ts";
import { isoMicros } from "../../lib/events/mod.ts";
import type { App } from "./_express.ts";
import { parseBody, REASON } from "./_parse_body.ts";
import type { ControlPlane } from "./control_plane.ts";

const promoteBody = z.strictObject({ ...REASON, version: z.string().regex(/^[\w-]{1,256}$/) });

/**
 * Adds the routes under `/api/models`: which versions serving nodes answer from.
 *
 * @param app Express application, whose bodies are parsed
 * @param plane control plane
 */
export function addModelApi(app: App, plane: ControlPlane): void {
  app.get("/api/models", async (_, response) => {
    const { models } = await plane.control.state();
    const list = Object.entries(models).map(([model, { version, digest, by, atMicros, offset }]) => ({
      model,
      version,
      digest,
      by,
      at: isoMicros(atMicros),
      offset,
    }));
    response.json({ models: list });
  });
  app.post("/api/models/:name/promote", async (request, response) => {
    const { version, ...reason } = parseBody(promoteBody, request.body);
    const { name, ...promoted } = await promoteModel(`${request.params.name}@${version}`, plane, reason);
    response.json({ model: name, ...promoted, nodes: await awaitNodes(plane.bus, promoted.offset) });
  });
}
