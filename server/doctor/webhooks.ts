import { webhookSecret } from "../../lib/config/mod.ts";
import type { Finding } from "./finding.ts";

/**
 * Tells whether the control plane of this environment takes webhooks of a registry; never with what secret.
 *
 * @param env environment variables
 * @returns the finding; without a secret it is `off`, which is no fault
 * @throws {RangeError} when the secret is too short
 */
export function webhooks(env: Record<string, string>): Omit<Finding, "part"> {
  const name = "webhook secret";
  return webhookSecret(env) === null
    ? {
      name,
      state: "off",
      detail: "BOATHOUSE_WEBHOOK_SECRET is not set: no webhook is taken, the registry is asked every five seconds",
    }
    : { name, state: "proved", detail: "BOATHOUSE_WEBHOOK_SECRET is set" };
}
