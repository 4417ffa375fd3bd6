import { openBus } from "../../lib/bus/mod.ts";
import { isLoopback, type Settings } from "../../lib/config/mod.ts";
import { openControl } from "../../lib/control/mod.ts";

/**
 * Refuses to listen where others could reach a plane of a workbench without tokens.
 *
 * @param plane "control" or "serving"
 * @param settings settings of the workbench
 * @param key signing key of the workbench
 * @throws {Error} when the address is not this machine's loopback and no token was created
 */
export async function refuseUnguarded(plane: "control" | "serving", settings: Settings, key: string): Promise<void> {
  const { hostname, port } = settings.listen[plane];
  if (isLoopback(hostname)) return;
  await using bus = await openBus(settings.bus);
  await using control = await openControl({ bus, key });
  if (Object.keys((await control.state()).tokens).length > 0) return;
  throw new Error(
    `Cannot listen on "${hostname}:${port}" as no access token was created: run boathouse token create --role operator, ` +
      `or set listen.${plane} in boathouse.yaml to 127.0.0.1:${port}`,
  );
}
