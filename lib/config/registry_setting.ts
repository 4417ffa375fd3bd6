import { refuse, refuseSecrets, type Source } from "./_location.ts";

/** Who asks a registry: a token, or name and password. */
export type RegistryLogin =
  | { kind: "token"; token: string }
  | { kind: "password"; username: string; password: string };

/** The model registry. */
export type RegistrySetting =
  | {
    /** In this process, over the lake. */
    kind: "embedded";
  }
  | {
    /** An MLflow server. */
    kind: "mlflow";
    /** Its address without a slash at the end, such as `http://127.0.0.1:5000`; a path may stand before the API's. */
    url: string;
    /** Who asks, of the environment; null for nobody. */
    login: RegistryLogin | null;
  };

const WAY_OUT = '"embedded" or "http://HOST:PORT"';
const VARIABLES = "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD";

/**
 * Reads where the model registry is; tokens and passwords come from the environment alone, by MLflow's names.
 *
 * @param source the URL and where it stands
 * @param env environment variables
 * @returns the setting
 * @throws {RangeError} when the URL is not one that is known, holds a secret, or half a login is set
 */
export function registrySetting(source: Source, env: Record<string, string>): RegistrySetting {
  if (source.url === "embedded") return { kind: "embedded" };
  if (!/^https?:/.test(source.url)) refuse("registry", source, "the URL is not known", WAY_OUT);
  refuseSecrets("registry", source, VARIABLES);
  const url = URL.parse(source.url);
  if (!url || url.search !== "" || url.hash !== "") refuse("registry", source, "it is no address", WAY_OUT);
  return { kind: "mlflow", url: url.href.replace(/\/+$/, ""), login: loginOf(source, env) };
}

function loginOf({ where }: Source, env: Record<string, string>): RegistryLogin | null {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: username, MLFLOW_TRACKING_PASSWORD: password } = env;
  if (token) return { kind: "token", token };
  if (username && password) return { kind: "password", username, password };
  if (!username && !password) return null;
  const missing = username ? "MLFLOW_TRACKING_PASSWORD" : "MLFLOW_TRACKING_USERNAME";
  throw new RangeError(`Cannot use the registry of ${where} as name and password must both be set: set ${missing}`);
}
