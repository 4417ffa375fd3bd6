import { randomBytes } from "node:crypto";
import type { Control } from "../../lib/control/mod.ts";
import { isoMicros, sha256 } from "../../lib/events/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import type { Role } from "./role.ts";
import { loadToken, saveToken, type TokenSpec } from "./token_spec.ts";

/** Where tokens live: topic `control` says which count, the store what they allow. */
export interface TokenParts {
  /** The control topic. */
  control: Control;
  /** The object store. */
  store: Store;
}

/** What a new token is to allow. */
export interface TokenRequest {
  /** What it is for. */
  role: Role;
  /** The one product whose endpoints it is for; null = all. */
  product: string | null;
  /** Its name, lower-case letters, digits and hyphens; made up unless given. */
  name?: string;
  /** Requests per second that one node answers. @default 1000 */
  perSecond?: number;
  /** Who creates it. */
  by: string;
  /** Why. */
  why: string;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;
const PER_SECOND = 1000;

/**
 * Creates a token. What is secret is in the answer and nowhere else.
 *
 * @param parts control topic and store
 * @param request role, product, name
 * @returns name and token
 * @throws {RangeError} when the name is malformed or taken, or the rate is not above 0
 * @example
 * ```ts
 * import { openBus } from "../../lib/bus/mod.ts";
 * import { openControl } from "../../lib/control/mod.ts";
 * import { openStore } from "../../lib/store/mod.ts";
 * import { createToken } from "./create_token.ts";
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "k".repeat(32) });
 * const parts = { control, store: await openStore({ kind: "directory", dir }) };
 * const { token } = await createToken(parts, { role: "viewer", product: null, name: "ann", by: "ops", why: "new" });
 * if (!token.startsWith("bh_ann.")) throw new Error("unexpected");
 * ```
 */
export async function createToken(
  { control, store }: TokenParts,
  { role, product, perSecond = PER_SECOND, by, why, ...given }: TokenRequest,
): Promise<{ name: string; token: string }> {
  const name = given.name ?? `${role}-${randomBytes(3).toString("hex")}`;
  if (!NAME.test(name)) {
    throw new RangeError(
      `Cannot create token "${name}" as its name must be lower-case letters, digits and hyphens, at most 63`,
    );
  }
  if (!(perSecond > 0 && Number.isFinite(perSecond))) {
    throw new RangeError(`Cannot create token "${name}" as its rate must be a number above 0: got ${perSecond}`);
  }
  const token = `bh_${name}.${randomBytes(32).toString("base64url")}`;
  const spec = await saveToken(store, { schema: 1, role, product, perSecond, sha256: sha256(token) });
  const done = await control.append({ op: "token", target: name, expected: null, rule: 1, spec, by, why });
  if (done.applied) return { name, token };
  throw new RangeError(`Cannot create token "${name}" as ${done.reason}: name it otherwise, or revoke that one`);
}

/**
 * Ends a token, on every node that follows topic `control`.
 *
 * @param parts control topic
 * @param name name of the token
 * @param reason who, and why
 * @returns offset on topic `control` from which it no longer counts
 * @throws {RangeError} when there is no such token
 */
export async function revokeToken(
  { control }: Pick<TokenParts, "control">,
  name: string,
  reason: { by: string; why: string },
): Promise<number> {
  const { tokens } = await control.state();
  const unknown = () =>
    new RangeError(`Cannot revoke token "${name}" as there is none of that name: boathouse token list`);
  if (!Object.hasOwn(tokens, name)) throw unknown();
  const { spec } = tokens[name]!;
  const done = await control.append({ op: "revoke", target: name, expected: null, rule: 1, spec, ...reason });
  if (!done.applied) throw unknown();
  return done.offset;
}

/** A token as it is shown. */
export interface ListedToken extends Pick<TokenSpec, "role" | "product" | "perSecond"> {
  /** Its name. */
  name: string;
  /** Who created it. */
  by: string;
  /** When, ISO 8601 UTC. */
  at: string;
}

/**
 * Lists the tokens that count.
 *
 * @param parts control topic and store
 * @returns tokens by name
 */
export async function listTokens({ control, store }: TokenParts): Promise<ListedToken[]> {
  const { tokens } = await control.state();
  const list = Object.entries(tokens).map(async ([name, { spec, by, atMicros }]): Promise<ListedToken> => {
    const { role, product, perSecond } = await loadToken(store, spec);
    return { name, role, product, perSecond, by, at: isoMicros(atMicros) };
  });
  return (await Promise.all(list)).sort((one, other) => one.name < other.name ? -1 : 1);
}
