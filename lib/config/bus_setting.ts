import { isAbsolute, resolve } from "node:path";
import { type Address, parseAddress } from "./address.ts";
import { checkParameters, refuse, refuseSecrets, type Source } from "./_location.ts";

/** Where the bus lies. */
export type BusSetting =
  | {
    /** An embedded bus. */
    kind: "sqlite";
    /** Absolute folder on a local disk. */
    dir: string;
  }
  | {
    /** A Kafka cluster. */
    kind: "kafka";
    /** Addresses of some of its brokers, such as `127.0.0.1:9092`. */
    brokers: string[];
    /** Whether they want TLS. */
    tls?: boolean;
    /** Name and password, where they want them. */
    sasl?: { mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"; username: string; password: string };
  };

const WAY_OUT = '"sqlite:FOLDER" or "kafka://HOST:PORT,HOST:PORT" with "?tls=true" where the brokers want it';
const MECHANISMS = ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] as const;

/**
 * Reads where the bus lies; name and password of Kafka come from the environment alone.
 *
 * @param source the URL and where it stands
 * @param root folder that relative folders lie in
 * @param env environment variables
 * @returns the setting
 * @throws {RangeError} when the URL is not one that is known, or holds a secret
 */
export function busSetting(source: Source, root: string, env: Record<string, string>): BusSetting {
  const { url } = source;
  if (/^sqlite:./s.test(url)) {
    const path = url.slice("sqlite:".length);
    return { kind: "sqlite", dir: isAbsolute(path) ? path : resolve(root, path) };
  }
  if (!url.startsWith("kafka:")) refuse("bus", source, "the URL is not known", WAY_OUT);
  return kafkaSetting(source, env);
}

function kafkaSetting(source: Source, env: Record<string, string>): BusSetting {
  refuseSecrets("bus", source, "BOATHOUSE_KAFKA_USERNAME and BOATHOUSE_KAFKA_PASSWORD");
  const [, hosts, query] = /^kafka:\/\/([^/?#]+)\/?(?:\?(.*))?$/.exec(source.url) ?? [];
  const addresses = hosts?.split(",").map(parseAddress) ?? [];
  if (addresses.length === 0 || addresses.includes(null)) refuse("bus", source, "it names no brokers", WAY_OUT);
  const { tls } = checkParameters("bus", source, query ?? "", ["tls"], WAY_OUT);
  if (tls !== undefined && tls !== "true" && tls !== "false") refuse("bus", source, "tls is true or false", WAY_OUT);
  const sasl = saslOf(env);
  return {
    kind: "kafka",
    brokers: (addresses as Address[]).map(brokerOf),
    ...(tls !== undefined && { tls: tls === "true" }),
    ...(sasl && { sasl }),
  };
}

function brokerOf({ hostname, port }: Address): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

function saslOf(env: Record<string, string>) {
  const { BOATHOUSE_KAFKA_USERNAME: username, BOATHOUSE_KAFKA_PASSWORD: password } = env;
  if (username === undefined && password === undefined) return null;
  if (!username || !password) {
    throw new RangeError(
      "Cannot log in to Kafka as it needs name and password: set both BOATHOUSE_KAFKA_USERNAME and BOATHOUSE_KAFKA_PASSWORD",
    );
  }
  const given = env.BOATHOUSE_KAFKA_MECHANISM ?? MECHANISMS[0];
  const mechanism = MECHANISMS.find((name) => name === given);
  if (mechanism) return { mechanism, username, password };
  throw new RangeError(
    `Cannot log in to Kafka by "${given}" as this version knows ${
      MECHANISMS.join(", ")
    }: set BOATHOUSE_KAFKA_MECHANISM`,
  );
}
