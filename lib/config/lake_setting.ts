import { isAbsolute, resolve } from "node:path";
import { checkParameters, refuse, refuseSecrets, type Source } from "./_location.ts";

/** Where the objects of the lake lie. */
export type LakeSetting =
  | {
    /** Files of this machine. */
    kind: "directory";
    /** Absolute folder. */
    dir: string;
  }
  | {
    /** A bucket. */
    kind: "s3";
    /** Its server, such as `https://s3.eu-central-1.amazonaws.com`. */
    endpoint: string;
    /** Region that requests are signed for. */
    region: string;
    /** Name of the bucket. */
    bucket: string;
    /** Path in the bucket, without slashes at its ends. */
    prefix: string;
    /** Of the environment. */
    credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
    /** Absolute folder of this machine for copies, the registry, runs and the signing key. */
    dir: string;
    /** Bytes of copies that are kept. */
    cacheBytes?: number;
  };

const DIR = "lake"; // of what stays on this machine when the lake is a bucket
const REGION = "us-east-1";
const WAY_OUT = '"file:FOLDER" or "s3://BUCKET/PREFIX?endpoint=http://HOST:PORT&region=REGION&cache=10GiB"';
const UNITS: Readonly<Record<string, number>> = { MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/**
 * Reads where the lake lies; keys of S3 come from the environment alone.
 *
 * @param source the URL and where it stands
 * @param root folder that relative folders lie in
 * @param env environment variables
 * @returns the setting
 * @throws {RangeError} when the URL is not one that is known, holds a secret, or the keys are not set
 */
export function lakeSetting(source: Source, root: string, env: Record<string, string>): LakeSetting {
  const { url } = source;
  if (/^file:./s.test(url)) {
    const path = url.slice("file:".length);
    return { kind: "directory", dir: isAbsolute(path) ? path : resolve(root, path) };
  }
  if (!url.startsWith("s3:")) refuse("lake", source, "the URL is not known", WAY_OUT);
  refuseSecrets("lake", source, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  const [, bucket, path, query] = /^s3:\/\/([^/?#]*)\/?([^?#]*)(?:\?([^#]*))?$/.exec(url) ?? [];
  checkBucket(source, bucket);
  const names = ["endpoint", "region", "cache"] as const;
  const { endpoint, cache, region = env.AWS_REGION ?? REGION } = checkParameters(
    "lake",
    source,
    query ?? "",
    names,
    WAY_OUT,
  );
  if (!/^[a-z0-9-]+$/.test(region)) refuse("lake", source, `"${region}" is no region`, WAY_OUT);
  const cacheBytes = cache === undefined ? undefined : bytesOf(source, cache);
  return {
    kind: "s3",
    endpoint: endpoint === undefined ? `https://s3.${region}.amazonaws.com` : endpointOf(source, endpoint),
    region,
    bucket: bucket!,
    prefix: prefixOf(source, path!),
    credentials: credentialsOf(source, env),
    dir: resolve(root, DIR),
    ...(cacheBytes !== undefined && { cacheBytes }),
  };
}

function checkBucket(source: Source, bucket: string | undefined): void {
  if (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket ?? "")) return;
  refuse("lake", source, `"${bucket ?? ""}" is no name of a bucket (a-z 0-9 . -, 3 to 63 characters)`, WAY_OUT);
}

function prefixOf(source: Source, path: string): string {
  const prefix = path.replace(/\/$/, "");
  const isGood = prefix.split("/").every((name) => /^[A-Za-z0-9._=-]+$/.test(name) && name !== "." && name !== "..");
  if (prefix !== "" && !isGood) {
    refuse("lake", source, "a prefix consists of A-Z a-z 0-9 . _ = - and single slashes", WAY_OUT);
  }
  return prefix;
}

function endpointOf(source: Source, text: string): string {
  const url = URL.parse(text);
  const isPlain = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && url.search === "" && url.hash === "";
  if (!isPlain) refuse("lake", source, `"${text}" is no endpoint`, WAY_OUT);
  return url.origin;
}

function bytesOf(source: Source, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(MiB|GiB|TiB)$/.exec(text) ?? [];
  if (number === undefined) refuse("lake", source, `"${text}" is no size of a cache, such as 512MiB or 10GiB`, WAY_OUT);
  return Math.round(Number(number) * UNITS[unit!]!);
}

function credentialsOf({ where }: Source, env: Record<string, string>) {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    throw new RangeError(
      `Cannot use a lake on S3 (from ${where}) as its keys must be in the environment: ` +
        `set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    );
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
