import { z } from "zod";
import { canonicalJson } from "../../lib/events/mod.ts";
import { getObject, putObject, type Store } from "../../lib/store/mod.ts";
import { type Role, ROLES } from "./role.ts";

/** A token as it is stored: what it allows, and a hash of what is secret. */
export interface TokenSpec {
  /** Version of this format. */
  schema: 1;
  /** What it is for. */
  role: Role;
  /** The one product whose endpoints it is for; null = all. */
  product: string | null;
  /** Requests per second that one node answers. */
  perSecond: number;
  /** SHA-256 of the whole token. */
  sha256: string;
}

const schema = z.object({
  schema: z.literal(1),
  role: z.enum(ROLES),
  product: z.string().nullable(),
  perSecond: z.number().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Stores what a token allows.
 *
 * @param store object store
 * @param spec the token, without what is secret
 * @returns SHA-256 of the spec
 */
export async function saveToken(store: Store, spec: TokenSpec): Promise<string> {
  return await putObject(store, new TextEncoder().encode(canonicalJson({ ...spec })));
}

/**
 * Reads what a token allows.
 *
 * @param store object store
 * @param digest SHA-256 of the spec
 * @returns the spec
 * @throws {Deno.errors.NotFound} when the store has no such object
 * @throws {Error} when it is no token's spec
 */
export async function loadToken(store: Store, digest: string): Promise<TokenSpec> {
  return schema.parse(JSON.parse(new TextDecoder().decode(await getObject(store, digest))));
}
