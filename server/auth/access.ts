import { createHash, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import type { ControlState } from "../../lib/control/mod.ts";
import type { Store } from "../../lib/store/mod.ts";
import { Problem } from "../http/mod.ts";
import { createRate, type Rate } from "./rate.ts";
import { ALLOWED, type Need, NEED_TEXT } from "./role.ts";
import { loadToken, type TokenSpec } from "./token_spec.ts";

/** Who asks; null on a plane that asks for no token. */
export type Identity = { name: string } & Pick<TokenSpec, "role" | "product">;

/** The tokens that count, as a plane holds them. */
export interface Access {
  /** Whether a request needs a token. */
  readonly required: boolean;
  /** Why tokens of topic `control` do not count here, by name. */
  readonly broken: ReadonlyMap<string, string>;
  /**
   * Admits a request by its header `authorization`: null where no token is asked for. Throws Problem 401 without a token
   * that counts, 403 where its role or product does not allow it, 429 where it asks too often.
   */
  admit(authorization: string | null, need: Need): Identity | null;
  /** The tokens of another state of topic `control`; those that stay keep their rates. */
  take(tokens: ControlState["tokens"], store: Store): Promise<Access>;
}

interface Held {
  digest: string;
  spec: TokenSpec;
  hash: Buffer;
  rate: Rate;
}

/**
 * Makes the access to a plane that knows no tokens yet.
 *
 * @param options whether it is open while there are no tokens, and the clock in milliseconds
 * @returns the access
 */
export function openAccess(
  { open, nowMs = () => performance.now() }: { open: boolean; nowMs?: () => number },
): Access {
  return accessOf(new Map(), new Map(), { open, nowMs });
}

interface Options {
  open: boolean;
  nowMs: () => number;
}

function accessOf(held: ReadonlyMap<string, Held>, broken: ReadonlyMap<string, string>, options: Options): Access {
  const required = !options.open || held.size + broken.size > 0;
  return {
    required,
    broken,
    admit(authorization, need) {
      if (!required) return null;
      const [name, token] = find(held, authorization);
      const { role, product } = token.spec;
      if (!ALLOWED[need].includes(role)) {
        const who = ALLOWED[need].join(" or ");
        throw new Problem(403, `Token "${name}" must have the role ${who} to ${NEED_TEXT[need]}: it is ${role}`);
      }
      const waitMs = token.rate.take(options.nowMs());
      if (waitMs === 0) return { name, role, product };
      const detail = `Token "${name}" may ask ${token.spec.perSecond} times a second of one node`;
      throw new Problem(429, detail, { retryAfterS: Math.ceil(waitMs / 1000) });
    },
    take: (tokens, store) => take(held, tokens, store, options),
  };
}

async function take(
  before: ReadonlyMap<string, Held>,
  tokens: ControlState["tokens"],
  store: Store,
  options: Options,
): Promise<Access> {
  const held = new Map<string, Held>(), broken = new Map<string, string>();
  for (const [name, { spec: digest }] of Object.entries(tokens)) {
    const last = before.get(name);
    try {
      held.set(name, last?.digest === digest ? last : await hold(digest, store, options));
    } catch (error) {
      broken.set(name, (error as Error).message);
    }
  }
  return accessOf(held, broken, options);
}

async function hold(digest: string, store: Store, { nowMs }: Options): Promise<Held> {
  const spec = await loadToken(store, digest);
  return { digest, spec, hash: Buffer.from(spec.sha256, "hex"), rate: createRate(spec.perSecond, nowMs()) };
}

const BEARER = /^Bearer +(bh_([a-z0-9-]{1,63})\.[\w-]{43}) *$/i;
const NOBODY = Buffer.alloc(32);

// The name finds the token, so that one hash is compared, and always one.
function find(held: ReadonlyMap<string, Held>, authorization: string | null): [string, Held] {
  if (authorization === null) throw unauthorized("A token is needed", "");
  const [, token = "", name = ""] = BEARER.exec(authorization.slice(0, 200)) ?? [];
  const found = held.get(name);
  const hash = createHash("sha256").update(token).digest();
  if (timingSafeEqual(hash, found?.hash ?? NOBODY) && found !== undefined) return [name, found];
  throw unauthorized("The token does not count", ', error="invalid_token"');
}

function unauthorized(what: string, more: string): Problem {
  const detail = `${what}: send "Authorization: Bearer TOKEN" with one of boathouse token create`;
  return new Problem(401, detail, { headers: { "www-authenticate": `Bearer realm="boathouse"${more}` } });
}

/**
 * Refuses a token of one product what belongs to another.
 *
 * @param identity who asks
 * @param what what is asked for, for example `endpoint "flight-delay"`
 * @param product the product that it belongs to
 * @throws {Problem} 403
 */
export function checkProduct(identity: Identity | null, what: string, product: string | undefined): void {
  if (identity === null || identity.product === null || identity.product === product) return;
  const found = product === undefined ? "no product known here" : `product "${product}"`;
  throw new Problem(403, `Token "${identity.name}" is for product "${identity.product}": ${what} is of ${found}`);
}
