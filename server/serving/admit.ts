import { checkProduct, type Identity, type Need } from "../auth/mod.ts";
import type { ServingNode } from "./node.ts";

interface Rule {
  /** Methods that it is for; all others unless given. */
  methods?: readonly string[];
  /** Paths that it is for. */
  path: RegExp;
  /** What is needed; null = nothing. */
  need: Need | null;
}

/** The first that fits counts; what is not there is for whoever may see something. */
const RULES: readonly Rule[] = [
  { path: /^\/(v2\/)?health\//, need: null },
  { path: /^\/(metrics$|v1\/decisions\/)/, need: "read" },
  { path: /^\/v1\/functions\//, need: "try" },
  { path: /^\/v1\/(events|labels)$/, need: "publish" },
  { path: /^\/(v1\/endpoints|v2\/models)\//, methods: ["POST"], need: "call" },
  { path: /^\//, need: "see" },
];

/**
 * Admits a request: what its path and method need, and of a token of one product only that product's endpoints.
 *
 * @param request the request
 * @param path its path
 * @param node the serving node
 * @returns who asks; null where no token is asked for
 * @throws {Problem} 401, 403, 429
 */
export function admit(request: Request, path: string, node: ServingNode): Identity | null {
  const access = node.access();
  if (!access.required) return null;
  const rule = RULES.find(({ path: of, methods }) => of.test(path) && (methods?.includes(request.method) ?? true))!;
  if (rule.need === null) return null;
  const identity = access.admit(request.headers.get("authorization"), rule.need);
  const [, name] = /^\/v1\/endpoints\/([^/]+)/.exec(path) ?? [];
  if (name !== undefined) checkProduct(identity, `endpoint "${name.slice(0, 100)}"`, productOf(name, node));
  return identity;
}

/**
 * Tells the product of an endpoint.
 *
 * @param name name of the endpoint
 * @param node the serving node
 * @returns name of the product; undefined where the endpoint is not served here
 */
export function productOf(name: string, node: ServingNode): string | undefined {
  return node.served().endpoints.get(name)?.spec.product;
}
