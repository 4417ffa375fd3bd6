/**
 * Main module of a sandbox process. It has no permission at all; it starts one worker per function and passes frames on.
 */
import { encodeFrame, type Frame, frameReader } from "./_frames.ts";
import { WORKER_SOURCE } from "./_worker.ts";

const source = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
const CHUNK_BYTES = 64 * 1024; // what a pipe holds
const ports = new Map<number, MessagePort>();
let key: Uint8Array | null = null;

function answer(worker: number, text: string): void {
  let bytes = encodeFrame({ worker, key: key!, text });
  // At once, as another thread would only be woken to do it: the host never stops reading, so that this never hangs.
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
  } catch {
    Deno.exit(1); // the host is gone
  }
}

function startWorker(index: number, bundle: string): void {
  const url = URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const worker = new Worker(source, { type: "module" });
  worker.onerror = (event) => {
    event.preventDefault();
    answer(0, JSON.stringify([["dead", index, event.message]]));
  };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = (event) => answer(index, event.data);
  ports.set(index, port1);
  worker.postMessage({ port: port2, url }, [port2]);
}

function obey(message: [string, number, string]): void {
  if (message[0] === "load") startWorker(message[1], message[2]);
  else answer(0, JSON.stringify([["pong", Deno.memoryUsage().rss]]));
}

// The key comes with the first frame, before any worker runs: none of them can have read it.
function onFrame(frame: Frame): void {
  key ??= frame.key;
  if (frame.worker === 0) { for (const message of JSON.parse(frame.text)) obey(message); }
  else ports.get(frame.worker)?.postMessage(frame.text);
}

const read = frameReader(onFrame);
const buffer = new Uint8Array(CHUNK_BYTES);
for (let length; (length = await Deno.stdin.read(buffer)) !== null;) read(buffer.slice(0, length));
Deno.exit(0);
