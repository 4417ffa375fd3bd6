import { dirname, join } from "node:path";
import { freePorts } from "./free_ports.ts";
import { type GuardedProcess, startGuarded } from "./guarded_process.ts";
import { pythonEnv } from "./python.ts";
import type { S3Server } from "./seaweedfs.ts";

/** A real MLflow server of a test, on this machine's loopback. */
export interface MlflowServer extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`. */
  url: string;
  /** Path of a python that has MLflow. */
  python: string;
  /** Name and password of one who may do everything; null when nobody is asked. */
  login: { username: string; password: string } | null;
}

/** How the server is started. */
export interface MlflowOptions {
  /** Whether it asks for name and password (`--app-name basic-auth`). */
  auth?: boolean;
  /** Processes that answer. @default 1 */
  workers?: number;
  /** Bucket that artifacts go to, instead of files. */
  s3?: { server: S3Server; bucket: string };
}

const READY_MS = 240_000; // it reads some 2,000 modules
const ATTEMPT_MS = 200;
const LOGIN = { username: "admin", password: "password-of-tests-only" };
const PACKAGES = ["mlflow[auth]==3.17.2"];
const S3_PACKAGES = ["mlflow==3.17.2", "boto3==1.44.8"];

/**
 * Starts MLflow (PyPI `mlflow`) with tables in SQLite and artifacts in files, both in a new temporary folder.
 *
 * @param options whether it asks for a password, how many processes answer, whether artifacts go to a bucket
 * @returns the server; it ends and takes its files along when it is disposed of
 * @throws {Error} when it cannot be installed or does not start, with what it printed
 */
export async function startMlflow({ auth = false, workers = 1, s3 }: MlflowOptions = {}): Promise<MlflowServer> {
  const python = await (s3 ? pythonEnv("mlflow-s3", S3_PACKAGES) : pythonEnv("mlflow", PACKAGES));
  const dir = await Deno.makeTempDir({ prefix: "boathouse-mlflow-" });
  const [port] = freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  if (auth) await Deno.writeTextFile(join(dir, "auth.ini"), authSettings(dir));
  const process = startGuarded(join(dirname(python), "mlflow"), [
    "server",
    "--host=127.0.0.1",
    `--port=${port}`,
    `--workers=${workers}`,
    `--backend-store-uri=sqlite:///${join(dir, "mlflow.db")}`,
    `--artifacts-destination=${s3 ? `s3://${s3.bucket}/artifacts` : join(dir, "artifacts")}`,
    ...(auth ? ["--app-name=basic-auth"] : []),
  ], { ...environment(dir, dirname(python), auth), ...(s3 && s3Environment(s3.server)) });
  const end = async () => {
    await process.kill();
    await Deno.remove(dir, { recursive: true });
  };
  try {
    await untilReady(url, process);
    return { url, python, login: auth ? LOGIN : null, [Symbol.asyncDispose]: end };
  } catch (cause) {
    await end();
    throw new Error(`Cannot start MLflow as it does not answer: ${process.printed()}`, { cause });
  }
}

function environment(dir: string, bin: string, auth: boolean): Record<string, string> {
  return {
    PATH: `${bin}:${Deno.env.get("PATH") ?? ""}`, // it starts uvicorn by name
    HOME: dir,
    MLFLOW_DISABLE_TELEMETRY: "true",
    DO_NOT_TRACK: "true",
    // Read even where nobody is asked: it must lead to a file then.
    ...(auth
      ? { MLFLOW_AUTH_CONFIG_PATH: join(dir, "auth.ini"), MLFLOW_FLASK_SERVER_SECRET_KEY: "of-tests-only" }
      : {}),
  };
}

function s3Environment({ endpoint, region, credentials }: S3Server): Record<string, string> {
  return {
    MLFLOW_S3_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

function authSettings(dir: string): string {
  return [
    "[mlflow]",
    "default_permission = READ",
    `database_uri = sqlite:///${join(dir, "auth.db")}`,
    `admin_username = ${LOGIN.username}`,
    `admin_password = ${LOGIN.password}`,
    "authorization_function = mlflow.server.auth:authenticate_request_basic_auth",
    "",
  ].join("\n");
}

async function untilReady(url: string, process: GuardedProcess): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  for (;;) {
    try {
      const answer = await fetch(`${url}/health`);
      await answer.body?.cancel();
      if (answer.ok) return;
      throw new Error(`it answers ${answer.status}`);
    } catch (cause) {
      if (process.ended() || Date.now() > giveUp) throw cause;
      await new Promise((resolve) => setTimeout(resolve, ATTEMPT_MS));
    }
  }
}
