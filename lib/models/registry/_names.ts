import { posix } from "node:path";
import { invalid } from "../client/registry_error.ts";

const MAX_KEY = 250;

/**
 * Checks the key of a metric, parameter or tag as MLflow does (mlflow/utils/validation.py).
 *
 * @param parameter name of the parameter, for the message
 * @param key the key
 * @throws {RegistryError} when it holds other characters, is too long, or would be another name as a path
 */
export function checkKey(parameter: string, key: string): void {
  if (!/^[\w./\-: ]+$/u.test(key)) {
    throw invalid(
      `Invalid value "${key}" for parameter '${parameter}' supplied: Names may only contain alphanumerics, ` +
        `underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  }
  checkPlainPath(parameter, key);
  checkLength(parameter, key, MAX_KEY);
}

/**
 * Checks the name of a registered model as MLflow does.
 *
 * @param name the name
 * @throws {RegistryError} when it is blank, or holds "/" or ":"
 */
export function checkModelName(name: string): void {
  if (name.trim() === "") throw invalid("Missing value for required parameter 'name'.");
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  checkPlainPath("name", name);
}

/**
 * Checks an alias as MLflow does.
 *
 * @param alias the alias
 * @throws {RegistryError} when it is reserved, too long or holds other characters
 */
export function checkAlias(alias: string): void {
  if (!/^[\w-]+$/.test(alias)) {
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    );
  }
  if (alias.toLowerCase() === "latest") throw invalid("'latest' alias name (case insensitive) is reserved.");
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`);
  checkLength("Registered model alias name", alias, 255);
}

/**
 * Checks the length of a text.
 *
 * @param what name of the text, for the message
 * @param value the text
 * @param limit characters that are allowed
 * @throws {RegistryError} when it is longer
 */
export function checkLength(what: string, value: string, limit: number): void {
  if (value.length > limit) throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`);
}

/**
 * Reads the number of a version.
 *
 * @param version the version as sent
 * @returns the number
 * @throws {RegistryError} when it is no integer
 */
export function versionNumber(version: string | number): number {
  if (/^-?\d{1,15}$/.test(String(version))) return Number(version);
  throw invalid(`Parameter 'version' must be an integer, got '${version}'.`);
}

/**
 * Reads the number of an experiment.
 *
 * @param id the number as text
 * @returns the number
 * @throws {RegistryError} when it is none
 */
export function experimentNumber(id: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`);
}

function checkPlainPath(parameter: string, name: string): void {
  const resolved = posix.normalize(name).replace(/(?<=.)\/$/, "");
  if (resolved === name && !/^(\/|\.$|\.\.)/.test(name)) return;
  throw invalid(
    `Invalid value "${name}" for parameter '${parameter}' supplied: Names may be treated as files in certain cases, ` +
      `and must not resolve to other names when treated as such. This name would resolve to '${resolved}'`,
  );
}
