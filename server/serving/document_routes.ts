import { unknownEndpoint } from "./endpoint_routes.ts";
import type { ServingNode } from "./node.ts";

/**
 * Answers `GET /openapi.json`.
 *
 * @param node the serving node
 * @returns 200 with the document of what is served now
 */
export async function getOpenApi(node: ServingNode): Promise<Response> {
  const text = await node.documents.openApi(node.served(), node.access().required);
  return new Response(text, { headers: { "content-type": "application/json" } });
}

/**
 * Answers `GET /v1/endpoints/NAME/client.ts`.
 *
 * @param name name of the endpoint
 * @param request the request; where it went is where the client asks unless told otherwise
 * @param node the serving node
 * @returns 200 with a file of TypeScript
 * @throws {Problem} 404, 503
 */
export async function getClient(name: string, { url }: Request, node: ServingNode): Promise<Response> {
  const file = await node.documents.client(node.served(), name, new URL(url).origin);
  if (file === null) throw unknownEndpoint(name, node);
  return new Response(file, { headers: { "content-type": "application/typescript; charset=utf-8" } });
}
