/**
 * Child of serving_bench.ts: posts a body at a rate, each request when it is due, and prints its latencies from then in
 * milliseconds, sorted. Plain sockets, as `fetch` takes longer than what it would measure.
 */
const [url = "", body = "", perSecond = "0", seconds = "0"] = Deno.args;
const { hostname, port, pathname } = new URL(url);
const CONNECTIONS = 64, HEAD_END = "\r\n\r\n";
const request = new TextEncoder().encode(
  `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n` +
    `content-length: ${new TextEncoder().encode(body).length}${HEAD_END}${body}`,
);
const total = Math.round(Number(perSecond) * Number(seconds)), everyMs = 1000 / Number(perSecond);
const latencies: number[] = [];
const idle: Deno.Conn[] = [], late: number[] = [];
const { promise: whole, resolve, reject } = Promise.withResolvers<void>();

/** Sends one request, and reads its answer, which is small enough to come in one piece. */
async function ask(connection: Deno.Conn, dueMs: number, buffer: Uint8Array): Promise<void> {
  await connection.write(request);
  let text = "";
  while (!isWhole(text)) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error("Cannot measure as the connection was closed");
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(`Cannot measure as a request failed: ${text}`);
  latencies.push(performance.now() - dueMs);
}

function isWhole(text: string): boolean {
  const end = text.indexOf(HEAD_END);
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
  return end >= 0 && text.length >= end + HEAD_END.length + length;
}

async function serve(connection: Deno.Conn, dueMs: number): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (let due: number | undefined = dueMs; due !== undefined; due = late.shift()) await ask(connection, due, buffer);
  idle.push(connection);
  if (latencies.length === total) resolve();
}

function send(dueMs: number): void {
  const connection = idle.pop();
  if (connection) serve(connection, dueMs).catch(reject);
  else late.push(dueMs);
}

for (let i = 0; i < CONNECTIONS; i++) idle.push(await Deno.connect({ hostname, port: Number(port) }));
const begunMs = performance.now();
for (let sent = 0; sent < total;) {
  const due = Math.min(total, Math.floor((performance.now() - begunMs) / everyMs));
  for (; sent < due; sent++) send(begunMs + sent * everyMs);
  await new Promise((resolve) => setTimeout(resolve, 1));
}
await whole;
latencies.sort((a, b) => a - b);
const quantile = (share: number) => latencies[Math.min(total - 1, Math.floor(share * total))];
console.log(JSON.stringify({ p50: quantile(0.5), p99: quantile(0.99), max: latencies.at(-1) }));
Deno.exit(0);
