import { loadRevision } from "../../lib/endpoints/mod.ts";
import { type Access, checkProduct, type Identity, type Need } from "../auth/mod.ts";
import { refuseForeign } from "../http/mod.ts";
import type { App, ExpressRequest, Handler } from "./_express.ts";
import type { ControlPlane } from "./control_plane.ts";

const identities = new WeakMap<ExpressRequest, Identity>();

/**
 * Tells who asks.
 *
 * @param request an admitted request
 * @returns the token's name, role and product; null where no token is asked for
 */
export function identityOf(request: ExpressRequest): Identity | null {
  return identities.get(request) ?? null;
}

/**
 * Adds what admits requests: by a token where the workbench has any or listens off loopback, else by host and origin.
 *
 * @param app Express application, without handlers
 * @param plane control plane
 */
export function addGuard(app: App, plane: Pick<ControlPlane, "control" | "store" | "access">): void {
  const current = follow(plane);
  app.use(async (request, _, next) => {
    const access = await current();
    // A page of others has no token to send, whatever its browser takes for this host.
    if (!access.required) refuseForeign(`http://${request.headers.host}/`, request.headers.origin ?? null);
    const need = needOf(request);
    const identity = need === null ? null : access.admit(request.headers.authorization ?? null, need);
    if (identity !== null) identities.set(request, identity);
    next();
  });
}

/** Who changes something is the token, whatever the body says: `control` must tell it. */
export const nameAuthor: Handler = (request, _, next) => {
  const identity = identityOf(request), { body } = request;
  if (identity !== null && typeof body === "object" && body !== null && !Array.isArray(body)) {
    request.body = { ...body, by: identity.name };
  }
  next();
};

/**
 * Refuses a token of one product the endpoints of others.
 *
 * @param request an admitted request
 * @param endpoint name of the endpoint
 * @param plane control plane
 * @throws {Problem} 403
 */
export async function checkEndpoint(
  request: ExpressRequest,
  endpoint: string,
  { control, store }: Pick<ControlPlane, "control" | "store">,
): Promise<void> {
  const identity = identityOf(request);
  if (identity === null || identity.product === null) return;
  const { endpoints } = await control.state();
  const found = Object.hasOwn(endpoints, endpoint) ? endpoints[endpoint]! : null;
  const any = found?.active ?? Object.values(found?.revisions ?? {})[0];
  const product = any === undefined ? undefined : (await loadRevision(store, any.spec)).spec.product;
  checkProduct(identity, `endpoint "${endpoint.slice(0, 100)}"`, product);
}

function follow({ control, store, access }: Pick<ControlPlane, "control" | "store" | "access">) {
  let current = access, taken: unknown = null;
  return async (): Promise<Access> => {
    const { tokens } = await control.state();
    if (tokens !== taken) current = await current.take(tokens, store);
    taken = current.broken.size > 0 ? null : tokens;
    return current;
  };
}

/** A registry's webhooks are signed instead. */
const OPEN = /^\/(health\/|api\/webhooks\/)/;
const IN_FORCE = /^\/api\/(endpoints\/[^/]+\/(activate|rollback)|models\/[^/]+\/promote)$/;

function needOf({ method, path }: ExpressRequest): Need | null {
  if (OPEN.test(path)) return null;
  if (method === "GET" || method === "HEAD" || /^\/api\/2\.0\/mlflow\/.*\/search$/.test(path)) return "read";
  return IN_FORCE.test(path) ? "operate" : "write";
}
