import type { ModelVersion } from "../model_version.ts";
import type { LogDescription } from "./log_model.ts";

/**
 * Says which metrics and parameters were not kept, as the content was a version already.
 *
 * @param options what it was logged with this time
 * @param version the version that has the content
 * @returns the note; null when the version has all of them
 */
export function noteKept(
  { metrics = {}, parameters = {} }: LogDescription,
  version: Pick<ModelVersion, "name" | "version" | "metrics" | "parameters">,
): string | null {
  const texts = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
  const lost = [...differences(metrics, version.metrics), ...differences(texts, version.parameters)];
  if (lost.length === 0) return null;
  const more = lost.length > MOST ? ` and ${lost.length - MOST} more` : "";
  return `models.log("${version.name}") kept version ${version.version}, which has this content already, as it was ` +
    `logged first: ${lost.slice(0, MOST).join(", ")}${more}; use models.logMetrics to measure it again`;
}

/** Names in one note. */
const MOST = 5;

function differences<T>(given: Readonly<Record<string, T>>, kept: Readonly<Record<string, T>>): string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const first = Object.hasOwn(kept, key) ? kept[key] : "none";
    return first === value ? [] : [`${key} ${first}, not ${value}`];
  });
}
