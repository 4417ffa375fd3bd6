import { Buffer } from "node:buffer";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { signV4 } from "minio/dist/esm/signing.mjs";

/** A request that passes through. */
export interface Passing {
  method: string;
  /** Path and query. */
  url: string;
  headers: Record<string, string>;
}

/**
 * What happens to a request: it passes; it is served and its answer lost; it is never served; nothing ever answers; another
 * answer; the first half of its body, at once or in 1.5 s; a body with one byte changed; or it passes without its condition.
 */
export type Fault = "pass" | "lost" | "unserved" | "hang" | "half" | "slow half" | "changed" | "unconditional" | {
  status: number;
  code: string;
};

/** Stands between a store and its server. */
export interface S3Proxy extends AsyncDisposable {
  endpoint: string;
  /** Requests so far. */
  seen: Passing[];
  /** Decides about each request; all pass at first. */
  fault: (request: Passing) => Fault | Promise<Fault>;
}

interface Upstream {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Starts a proxy. It signs anew what it passes on, as a header that is taken out was signed. */
export async function startProxy(upstream: Upstream): Promise<S3Proxy> {
  const proxy = { seen: [] as Passing[], fault: (() => "pass") as S3Proxy["fault"] };
  const server = http.createServer((request, response) => {
    serve(upstream, proxy, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

async function serve(
  upstream: Upstream,
  proxy: Pick<S3Proxy, "seen" | "fault">,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  const passing = { method: request.method!, url: request.url!, headers: request.headers as Record<string, string> };
  proxy.seen.push(passing);
  const fault = await proxy.fault(passing);
  if (fault === "hang") return;
  if (fault === "unserved") return void request.socket.destroy();
  if (typeof fault === "object") {
    response.writeHead(fault.status);
    return void response.end(`<Error><Code>${fault.code}</Code><Message>as the test wants</Message></Error>`);
  }
  const answer = await forward(upstream, passing, Buffer.concat(parts), fault === "unconditional");
  if (fault === "lost") return void request.socket.destroy();
  const headers = { ...answer.headers };
  response.writeHead(answer.status, headers);
  if (fault === "half") {
    response.write(answer.body.subarray(0, answer.body.length / 2));
    setTimeout(() => request.socket.destroy(), 20); // what was written shall arrive
    return;
  }
  if (fault === "slow half") {
    for (let at = 0; at < 5; at++) {
      response.write(answer.body.subarray(answer.body.length * at / 10, answer.body.length * (at + 1) / 10));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    return void request.socket.destroy();
  }
  if (fault === "changed") answer.body[0]! ^= 1;
  response.end(answer.body);
}

async function forward(
  { endpoint, region, credentials }: Upstream,
  { method, url, headers: given }: Passing,
  body: Uint8Array<ArrayBuffer>,
  isUnconditional: boolean,
): Promise<{ status: number; headers: Record<string, string>; body: Uint8Array }> {
  const { hostname, port, host } = new URL(endpoint);
  const sha = given["x-amz-content-sha256"]!, date = new Date();
  const headers: Record<string, string> = {
    ...given,
    host,
    "x-amz-date": date.toISOString().replace(/[-:]|\.\d{3}/g, ""),
  };
  for (const name of ["authorization", "connection", "transfer-encoding"]) delete headers[name];
  if (isUnconditional) delete headers["if-none-match"];
  const signed = { method, path: url, headers, protocol: "http:" };
  headers.authorization = signV4(signed, credentials.accessKeyId, credentials.secretAccessKey, region, date, sha);
  return await new Promise((resolve, reject) => {
    const agent = new http.Agent({ keepAlive: false });
    const sent = http.request({ hostname, port, method, path: url, headers, agent }, async (answer) => {
      const parts: Uint8Array[] = [];
      for await (const part of answer) parts.push(part);
      const { connection: _, ...rest } = answer.headers as Record<string, string>;
      resolve({ status: answer.statusCode!, headers: rest, body: Buffer.concat(parts) });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
