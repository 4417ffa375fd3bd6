import { apiVersionsV3, type Connection, ConnectionPool, findCoordinatorV4, metadataV12 } from "@platformatic/kafka";
import { tellRecordedUse } from "../config/mod.ts";
import { codeOf, isPassing, wordsOf } from "./_kafka_error.ts";
import { unknownPartition, unknownTopic } from "./_refusals.ts";

type MetadataResponse = metadataV12.MetadataResponse;

/** Where the brokers are, and as whom we speak to them. */
export interface KafkaAddress {
  /** Addresses of some of the brokers, such as `127.0.0.1:9092`. */
  brokers: readonly string[];
  /** Whether the brokers want TLS. */
  tls?: boolean;
  /** Name and password, where the brokers want them. */
  sasl?: KafkaLogin;
}

/** Name and password. */
export interface KafkaLogin {
  /** How they are sent. */
  mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
  /** The name. */
  username: string;
  /** The password. */
  password: string;
}

/** How long brokers are waited for, and who is told. */
export interface Patience {
  /** Milliseconds before what is asked fails. */
  waitMs: number;
  /** Told once per try after the first second. */
  onRetry: (note: string) => void;
}

/** A topic as the brokers know it. */
export interface KafkaTopic {
  /** Its name. */
  topic: string;
  /** Kafka's topic id. */
  incarnation: string;
  /** Node of the leader of each partition; -1 for none. */
  leaders: number[];
  /** Copies of the partition that has the fewest. */
  replicas: number;
}

/** Uses a connection; asked again, with another connection, when it fails by what passes. */
export type Ask<T> = (connection: Connection) => Promise<T>;

/** The brokers of one cluster. */
export interface Cluster extends AsyncDisposable {
  /** For example `kafka://127.0.0.1:9092`. */
  readonly url: string;
  /** Tells whether it was closed. */
  isClosed(): boolean;
  /** Tries until it succeeds, fails by what does not pass, or the patience ends. `lane`: asks of one lane wait for one another. */
  persist<T>(verb: string, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Asks any broker, once. */
  any<T>(ask: Ask<T>): Promise<T>;
  /** Asks the leader of a partition, once. */
  leader<T>(verb: string, topic: string, partition: number, ask: Ask<T>, lane?: string): Promise<T>;
  /** Asks the coordinator of a group, once. */
  coordinator<T>(group: string, ask: Ask<T>, lane?: string): Promise<T>;
  /** Lists the topics, asked now. */
  topics(): Promise<KafkaTopic[]>;
  /** Finds a topic, as it was last heard of; RangeError when there is none. */
  topic(verb: string, name: string): Promise<KafkaTopic>;
  /** Forgets what was heard of a topic. */
  forget(topic: string): void;
  /** Closes the connections of a lane. */
  closeLane(lane: string): Promise<void>;
}

/** Lanes of members begin so. */
export const MEMBER_LANE = "member ";

const CLIENT_ID = "boathouse";
const CONNECT_MS = 5_000;
const MEMBER_MS = 20_000; // longer than members may take to agree
const TRIES = 3; // that a broker which takes requests and answers none gets at least
const NOTE_AFTER_MS = 1_000; // what passes within a second is no news
/** Least versions, of Kafka 3.2: topic ids in Fetch, first. */
const NEEDED = {
  Produce: 9,
  Fetch: 13,
  ListOffsets: 7,
  Metadata: 12,
  OffsetFetch: 8,
  InitProducerId: 4,
  CreateTopics: 7,
};

/**
 * Connects to the brokers of a cluster.
 *
 * @param address Where they are.
 * @param patience How long they are waited for.
 * @returns The cluster, when a broker has answered.
 * @throws {Error} When none answers in time, or they are older than Kafka 3.2.
 */
export async function openCluster(address: KafkaAddress, patience: Patience): Promise<Cluster> {
  const cluster = clusterOf(address, patience), verb = `open bus "${cluster.url}"`;
  try {
    const { apiKeys } = await cluster.persist(
      verb,
      () => cluster.any((at) => apiVersionsV3.api.async(at, CLIENT_ID, "1")),
    );
    const old = Object.entries(NEEDED).find(([name, version]) =>
      (apiKeys.find((api) => api.name === name)?.maxVersion ?? -1) < version
    );
    // Brokers tell their versions to anybody, and anything else only to whom they let in.
    await cluster.persist(verb, () => cluster.any((at) => metadataV12.api.async(at, [], false, false)));
    if (old) throw new Error(`Cannot ${verb} as its brokers must be of Kafka 3.2 or later: ${old[0]} is older`);
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

function clusterOf(address: KafkaAddress, patience: Patience): Cluster {
  const url = `kafka://${address.brokers.join(",")}`;
  const bootstrap = address.brokers.map(toBroker), lanes = lanesOf(address, patience.waitMs / TRIES);
  const known = new Map<string, Promise<KafkaTopic | null>>(), coordinators = new Map<string, Broker>();
  let nodes = new Map<number, Broker>(), isClosed = false;

  async function any<T>(ask: Ask<T>): Promise<T> {
    return await ask(await lanes.first("main", [...nodes.values(), ...bootstrap]));
  }
  async function metadata(names: string[] | null): Promise<MetadataResponse> {
    const found = await any((at) => metadataV12.api.async(at, names, false, false));
    nodes = new Map(found.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    return found;
  }
  async function look(name: string): Promise<KafkaTopic | null> {
    try {
      return toTopic((await metadata([name])).topics[0]!);
    } catch (error) {
      if (codeOf(error) === 3) return null;
      throw error;
    }
  }
  async function topic(verb: string, name: string): Promise<KafkaTopic> {
    if (!known.has(name)) known.set(name, look(name));
    const found = await known.get(name)!.catch((error) => {
      known.delete(name);
      throw error;
    });
    if (found) return found;
    known.delete(name);
    throw unknownTopic(verb, name);
  }

  return {
    url,
    isClosed: () => isClosed,
    any,
    topic,
    forget: (name) => void known.delete(name),
    async topics() {
      const { topics } = await metadata(null);
      return topics.filter(({ isInternal }) => !isInternal).map(toTopic).sort((a, b) => a.topic < b.topic ? -1 : 1);
    },
    async leader(verb, name, partition, ask, lane = "main") {
      const { leaders } = await topic(verb, name), node = leaders[partition];
      if (node === undefined) throw unknownPartition(verb, leaders.length, partition);
      try {
        return await ask(await lanes.get(lane, nodes.get(node)));
      } catch (error) {
        if (isPassing(error) || codeOf(error) === 100) known.delete(name);
        throw error;
      }
    },
    async coordinator(group, ask, lane = "main") {
      try {
        if (!coordinators.has(group)) {
          const found = await any((at) => findCoordinatorV4.api.async(at, 0, [group]));
          const { host, port } = found.coordinators[0]!;
          coordinators.set(group, { host, port });
        }
        return await ask(await lanes.get(lane, coordinators.get(group)));
      } catch (error) {
        coordinators.delete(group);
        throw error;
      }
    },
    persist: (verb, attempt, signal) => persist(verb, attempt, { url, patience, isClosed: () => isClosed, signal }),
    closeLane: (lane) => lanes.close(lane),
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await lanes.closeAll();
    },
  };
}

interface Broker {
  host: string;
  port: number;
}

/** Requests of one connection are answered one after the other, so what may take long has a connection of its own. */
function lanesOf({ tls, sasl }: KafkaAddress, answerMs: number) {
  const pools = new Map<string, ConnectionPool>();
  function pool(lane: string): ConnectionPool {
    let found = pools.get(lane);
    if (found) return found;
    found = new ConnectionPool(CLIENT_ID, {
      connectTimeout: CONNECT_MS,
      requestTimeout: lane.startsWith(MEMBER_LANE) ? MEMBER_MS : answerMs,
      maxInflights: 100,
      ...(tls ? { tls: {}, tlsServerName: true } : {}),
      ...(sasl ? { sasl } : {}),
    });
    // Node ends a process for an error event that nobody hears; whoever asked is told by the answer.
    found.on("connecting", ({ connection }) => void connection.on("error", () => {}));
    pools.set(lane, found);
    return found;
  }
  async function close(lane: string): Promise<void> {
    const found = pools.get(lane);
    pools.delete(lane);
    await found?.close().catch(() => {}); // what is closed may be closed already
  }
  return {
    get: async (lane: string, broker: Broker | undefined): Promise<Connection> => {
      if (broker) tellUse(broker);
      return (await pool(lane).get(broker!))!;
    },
    first: async (lane: string, brokers: Broker[]): Promise<Connection> => {
      brokers.forEach(tellUse);
      return (await pool(lane).getFirstAvailable(brokers))!;
    },
    close,
    closeAll: async () => void await Promise.all([...pools.keys()].map(close)),
  };
}

function tellUse({ host, port }: Broker): void {
  tellRecordedUse(`${host}:${port}`);
}

interface Persistence {
  url: string;
  patience: Patience;
  isClosed(): boolean;
  signal: AbortSignal | undefined;
}

async function persist<T>(verb: string, attempt: () => Promise<T>, how: Persistence): Promise<T> {
  const began = Date.now(), { waitMs, onRetry } = how.patience;
  let noteAtMs = NOTE_AFTER_MS;
  for (let pauseMs = 50;; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    if (how.isClosed()) throw closedError(how.url);
    how.signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      how.signal?.throwIfAborted();
      if (how.isClosed()) throw closedError(how.url);
      if (error instanceof RangeError || error instanceof TypeError) throw error;
      const words = wordsOf(error), lasted = Date.now() - began;
      if (!isPassing(error)) throw new Error(`Cannot ${verb} as its brokers must take it: ${words}`, { cause: error });
      if (lasted >= waitMs) throw awayError(verb, how.url, waitMs, words, error);
      if (lasted >= noteAtMs) {
        onRetry(`${how.url} does not answer yet: ${words}; trying for ${Math.ceil((waitMs - lasted) / 1000)} s more`);
        noteAtMs = lasted * 2;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function awayError(verb: string, url: string, waitMs: number, words: string, cause: unknown): Error {
  return new Error(
    `Cannot ${verb} as a broker of ${url} must answer within ${waitMs} ms: ${words}; start the brokers, name others, or see to TLS and login`,
    { cause },
  );
}

/**
 * Says that the bus was closed.
 *
 * @param url URL of the bus.
 * @returns The error, to be thrown.
 */
export function closedError(url: string): Error {
  return new Error(`Cannot use bus "${url}" as it must be open: it was closed; open it again`);
}

function toTopic({ name, topicId, partitions }: MetadataResponse["topics"][number]): KafkaTopic {
  const leaders = Array<number>(partitions.length).fill(-1);
  for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = leaderId;
  const replicas = Math.min(...partitions.map(({ replicaNodes }) => replicaNodes.length));
  return { topic: name!, incarnation: topicId, leaders, replicas };
}

/** IPv6 addresses stand in brackets. */
function toBroker(address: string): Broker {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(address);
  if (!match) throw new RangeError(`Cannot open bus as a broker must be HOST:PORT: got ${JSON.stringify(address)}`);
  return { host: match[1] ?? match[2]!, port: Number(match[3] ?? 9092) };
}
