import { z } from "zod";
import {
  type Activated,
  activateEndpoint,
  applyEndpoint,
  awaitNodes,
  endpointHistory,
  loadRevision,
  rollbackEndpoint,
  showProposals,
} from "../../lib/endpoints/mod.ts";
import { isoMicros, type Json } from "../../lib/events/mod.ts";
import { checkProduct } from "../auth/mod.ts";
import { Problem } from "../http/mod.ts";
import type { App } from "./_express.ts";
import { parseBody, REASON } from "./_parse_body.ts";
import { checkEndpoint, identityOf } from "./guard_app.ts";
import type { ControlPlane } from "./control_plane.ts";

const applyBody = z.strictObject({
  ...REASON,
  product: z.string(),
  text: z.string().max(256 * 1024),
  file: z.string().max(500).default("endpoint.yaml"),
});
const expected = z.int().min(0).nullable().optional();
const activateBody = z.strictObject({ ...REASON, revision: z.string().optional(), expected });
const rollbackBody = z.strictObject({ ...REASON, expected });

/**
 * Adds the routes under `/api/endpoints`.
 *
 * @param app Express application, whose bodies are parsed
 * @param plane control plane
 */
export function addEndpointApi(app: App, plane: ControlPlane): void {
  app.get("/api/endpoints", async (_, response) => void response.json(await listEndpoints(plane)));
  app.post("/api/endpoints", async (request, response) => {
    const { product: name, text, file, ...who } = parseBody(applyBody, request.body);
    checkProduct(identityOf(request), `endpoint's file`, name);
    const product = plane.products().find((product) => product.name === name);
    if (product === undefined) throw new Problem(404, `Product "${name}" is not in notebooks/`);
    response.json(await applyEndpoint({ text, name: file }, product, plane, who));
  });
  app.get("/api/endpoints/:name", async (request, response) => {
    response.json(await showEndpoint(request.params.name!, plane));
  });
  app.get("/api/endpoints/:name/history", async (request, response) => {
    const history = await endpointHistory(plane.bus, plane.key, request.params.name!);
    response.json({ history: history.map(({ atMicros, ...entry }) => ({ ...entry, at: isoMicros(atMicros) })) });
  });
  app.post("/api/endpoints/:name/activate", async (request, response) => {
    const { revision, expected, ...who } = parseBody(activateBody, request.body);
    await checkEndpoint(request, request.params.name!, plane);
    const wanted = { endpoint: request.params.name!, ...who, ...given({ revision, expected }) };
    const readSchemas = (hash: string) => plane.readManifest(hash);
    response.json(await confirm(await activateEndpoint(wanted, { ...plane, readSchemas }), plane));
  });
  app.post("/api/endpoints/:name/rollback", async (request, response) => {
    const { expected, ...who } = parseBody(rollbackBody, request.body);
    await checkEndpoint(request, request.params.name!, plane);
    const wanted = { endpoint: request.params.name!, ...who, ...given({ expected }) };
    response.json(await confirm(await rollbackEndpoint(wanted, plane), plane));
  });
}

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

async function listEndpoints({ control }: ControlPlane): Promise<Json> {
  const { endpoints, offset } = await control.state();
  const list = Object.entries(endpoints).map(([endpoint, { active, previous, revisions, proposals }]) => ({
    endpoint,
    active: active?.revision ?? null,
    previous: previous?.revision ?? null,
    revisions: Object.keys(revisions).length,
    proposals: Object.keys(proposals),
  }));
  return { endpoints: list, offset: offset - 1 };
}

async function showEndpoint(name: string, { control, store }: ControlPlane) {
  const { endpoints } = await control.state();
  const found = Object.hasOwn(endpoints, name) ? endpoints[name]! : null;
  if (found === null) throw new Problem(404, `Endpoint "${name}" was never applied: see GET /api/endpoints`);
  const spec = found.active === null ? null : (await loadRevision(store, found.active.revision)).spec;
  return { endpoint: name, ...found, proposals: await showProposals(store, found), spec };
}

async function confirm(activated: Activated, { bus }: ControlPlane) {
  if (activated.applied) return { ...activated, nodes: await awaitNodes(bus, activated.offset) };
  const { winner } = activated;
  const who = winner === null
    ? "nobody"
    : `${winner.by} at ${isoMicros(winner.atMicros)} with revision ${winner.revision.slice(0, 12)}`;
  throw new Problem(409, `The request came too late as ${activated.reason}; ${who} won`, {
    members: { winner: winner as unknown as Json, offset: activated.offset },
  });
}
