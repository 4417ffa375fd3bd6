import type { Settings } from "../../lib/config/mod.ts";
import type { Finding } from "./finding.ts";

const TIMEOUT_MS = 3_000;

/**
 * Asks a plane whether it is ready.
 *
 * @param name control or serving
 * @param listen addresses of the planes
 * @returns the finding; a plane that does not run is `off`
 */
export async function plane(
  name: keyof Settings["listen"],
  listen: Settings["listen"],
): Promise<Omit<Finding, "part">> {
  const { hostname, port } = listen[name];
  const url = `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const answer = await ask(`${url}/health/ready`);
  if (answer === null) {
    return { name, state: "off", detail: `nothing answers at ${url}: boathouse start --role ${name}` };
  }
  const { ready, unready, degraded } = answer;
  if (typeof ready !== "boolean") {
    return { name, state: "broken", detail: `something else answers at ${url}: set listen.${name} in boathouse.yaml` };
  }
  if (!ready) return { name, state: "broken", detail: `${url} is not ready: ${listed(unready)}` };
  const isWhole = !Array.isArray(degraded) || degraded.length === 0;
  return isWhole
    ? { name, state: "proved", detail: `${url} is ready` }
    : { name, state: "broken", detail: `${url} answers, but is degraded: ${listed(degraded)}` };
}

async function ask(url: string): Promise<Record<string, unknown> | null> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return null;
    throw error;
  }
  try {
    const body = await response.json();
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {}; // no JSON: not one of ours
  }
}

function listed(reasons: unknown): string {
  return Array.isArray(reasons) ? reasons.join(", ") : String(reasons);
}
