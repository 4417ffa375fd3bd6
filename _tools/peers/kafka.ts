import { join } from "node:path";
import { mavenJars, runJava } from "./maven.ts";

const VERSION = "4.1.0";
const ARTIFACTS = [
  `org.apache.kafka:kafka_2.13:${VERSION}`,
  `org.apache.kafka:kafka-tools:${VERSION}`,
  "org.slf4j:slf4j-simple:1.7.36",
];
const START_MS = 180_000; // a busy machine of two cores; it is up in 4 s on an idle one
const STOP_MS = 30_000;
const TRIES = 3; // another process may take a free port before the broker does

// Ends the broker when this process ends, however it ends: the pipe of standard input closes then.
const GUARD = `exec 3<&0
java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel="$3" -cp "$1/*" kafka.Kafka "$2/server.properties" >>"$2/broker.log" 2>&1 3<&- &
broker=$!
echo $broker
( cat <&3 >/dev/null; kill -KILL $broker 2>/dev/null ) &
wait $broker`;

/** How a broker is started. */
export interface KafkaOptions {
  /** Port to listen at; a free one by default. */
  port?: number;
  /** Folder of its data, kept at the end; a temporary one by default. */
  dir?: string;
  /** Further lines of server.properties. */
  properties?: Record<string, string>;
  /** Whether Java compiles for speed, for benchmarks; else it starts in half the time. */
  isFast?: boolean;
}

interface Place {
  jars: string;
  dir: string;
  isFast: boolean;
}

/** A broker of Kafka for a test, alone in its cluster, on 127.0.0.1. */
export interface KafkaPeer extends AsyncDisposable {
  /** Its one address, for example `["127.0.0.1:39092"]`. */
  brokers: string[];
  /** Its port. */
  port: number;
  /** Folder of its settings, data and log. */
  dir: string;
  /** Ends it in good order, or at once with `kill`; its data stay. */
  stop(how?: "kill"): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Stands still, as on a machine that swaps: it takes connections and answers nothing. */
  freeze(): void;
  /** Goes on after a freeze. */
  thaw(): void;
  /** Ends it and starts it again. */
  restart(how?: "kill"): Promise<void>;
  /**
   * Runs one of Kafka's own tools, such as `org.apache.kafka.tools.consumer.ConsoleConsumer`, or a file of Java source, to its
   * end; give it the address by `--bootstrap-server`. Returns what it printed.
   */
  run(main: string, args: string[], input?: string | Uint8Array): Promise<string>;
}

/**
 * Installs Kafka of Maven Central, once, and starts a broker.
 *
 * @param options how it is started
 * @returns the broker, when it takes requests; dispose of it
 * @throws {Error} when there is no Java or Maven, or it does not start, with the end of its log
 */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaPeer> {
  const jars = await mavenJars("kafka", ARTIFACTS);
  const dir = options.dir ?? await Deno.makeTempDir({ prefix: "boathouse-kafka-" });
  try {
    for (let left = TRIES - 1;; left--) {
      const port = await configure(jars, dir, options), place = { jars, dir, isFast: options.isFast ?? false };
      try {
        return peerOf(place, port, await startBroker(place), options.dir === undefined);
      } catch (error) {
        if (left === 0 || options.port !== undefined || !String(error).includes("Address already in use")) throw error;
      }
    }
  } catch (error) {
    if (options.dir === undefined) await Deno.remove(dir, { recursive: true });
    throw error;
  }
}

interface Broker {
  pid: number;
  guard: Deno.ChildProcess;
}

function peerOf(place: Place, port: number, first: Broker, isTemporary: boolean): KafkaPeer {
  const { jars, dir } = place;
  let broker: Broker | null = first;
  async function stop(how?: "kill"): Promise<void> {
    if (broker) await endBroker(broker, how);
    broker = null;
  }
  async function start(): Promise<void> {
    broker ??= await startBroker(place);
  }
  return {
    brokers: [`127.0.0.1:${port}`],
    port,
    dir,
    stop,
    start,
    freeze: () => signal(broker!.pid, "SIGSTOP"),
    thaw: () => signal(broker!.pid, "SIGCONT"),
    async restart(how) {
      await stop(how);
      await start();
    },
    run: (main, args, input) =>
      runJava([
        "-Xmx128m",
        "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
        "-cp",
        `${jars}/*`,
        main,
        ...args,
      ], input),
    async [Symbol.asyncDispose]() {
      await stop("kill");
      if (isTemporary) await Deno.remove(dir, { recursive: true });
    },
  };
}

/** Writes server.properties and formats the folder, unless they are there; returns the port. */
async function configure(jars: string, dir: string, options: KafkaOptions): Promise<number> {
  const file = join(dir, "server.properties");
  const port = options.port ?? freePort(), controller = freePort();
  const isNew = !await isThere(join(dir, "data", "meta.properties"));
  await Deno.writeTextFile(file, propertiesOf(dir, port, controller, options.properties ?? {}));
  const cluster = "Ym9hdGhvdXNlLWthZmthIQ"; // any 16 bytes in base64url
  if (isNew) await runJava(["-cp", `${jars}/*`, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", file]);
  return port;
}

function propertiesOf(dir: string, port: number, controller: number, more: Record<string, string>): string {
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${controller}`,
    "listeners": `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": join(dir, "data"),
    "offsets.topic.num.partitions": "3",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "3",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    ...more,
  };
  return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join("");
}

async function startBroker({ jars, dir, isFast }: Place): Promise<Broker> {
  const log = join(dir, "broker.log");
  await Deno.writeTextFile(log, "");
  const guard = new Deno.Command("sh", {
    args: ["-c", GUARD, "sh", jars, dir, isFast ? "4" : "1"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  })
    .spawn();
  const reader = guard.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  await reader.cancel();
  const broker = { pid, guard };
  let hasEnded = false;
  guard.status.then(() => hasEnded = true);
  for (const until = Date.now() + START_MS;;) {
    const text = await Deno.readTextFile(log);
    if (text.includes("Kafka Server started")) return broker;
    if (hasEnded || Date.now() > until) {
      if (!hasEnded) await endBroker(broker, "kill");
      const told = text.trimEnd().split("\n").filter((line) => /ERROR|Exception|Caused/.test(line)).slice(-8);
      throw new Error(`Cannot start Kafka as it ${hasEnded ? "ended at once" : "took too long"}: ${told.join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function endBroker({ pid, guard }: Broker, how?: "kill"): Promise<void> {
  const timer = how === "kill" ? undefined : setTimeout(() => signal(pid, "SIGKILL"), STOP_MS);
  signal(pid, how === "kill" ? "SIGKILL" : "SIGTERM");
  await guard.status;
  clearTimeout(timer);
  await guard.stdin.close();
}

function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it has ended by itself
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function isThere(file: string): Promise<boolean> {
  try {
    return (await Deno.stat(file)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
