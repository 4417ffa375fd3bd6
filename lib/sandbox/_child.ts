/**
 * Main module of a sandbox process. It has no permission at all; it starts one worker per function and passes frames on.
 */
import { type Frame, frameReader, frameWriter } from "./_frames.ts";
import { WORKER_SOURCE } from "./_worker.ts";

const source = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
const ports = new Map<number, MessagePort>();
const write = frameWriter(Deno.stdout.writable, () => Deno.exit(1));
let key: Uint8Array | null = null;

function answer(worker: number, text: string): void {
  write({ worker, key: key!, text });
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
for await (const chunk of Deno.stdin.readable) read(chunk);
Deno.exit(0);
