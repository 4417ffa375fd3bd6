import { Buffer } from "node:buffer";
import { inspect } from "./errors.ts";
import type { Bundle, Output, Run } from "./output.ts";
import { apply, create } from "./primordials.ts";
import { nextTurn } from "./turn.ts";

/** Jupyter's kinds of comm messages. */
export type CommKind = "comm_open" | "comm_msg" | "comm_close";

/** A comm message on its way between kernel and cells: JSON, with its buffers in base64. */
export interface CommMessage {
  /** Kind of the message. */
  kind: CommKind;
  /** What Jupyter's protocol gives the kind. */
  content: Record<string, unknown> & { comm_id: string };
  /** Metadata of the message. */
  metadata: Record<string, unknown>;
  /** Its buffers, base64. */
  buffers: string[];
}

/** What code of a cell is told of a comm. */
export interface CommEvent {
  type: "comm_msg" | "comm_close";
  data: unknown;
  metadata: Bundle;
  buffers: Uint8Array[];
}

/** The comms that cells have opened. */
export interface Comms {
  /** Sends a message of the running cell to all clients, unless the cell has used up its bytes. */
  send(kind: CommKind, content: Bundle, extra?: { metadata?: Bundle; buffers?: readonly ArrayBufferView[] }): void;
  /** Names who is told what clients send to a comm; returns what ends that. */
  listen(commId: string, listener: (event: CommEvent) => unknown): () => void;
  /** Takes what a client has sent, under the cell that opened the comm. */
  receive(message: CommMessage): Promise<void>;
}

/**
 * Makes the comms of one process.
 *
 * @param root Absolute folder of the workbench, for what listeners throw.
 * @param output The way out.
 */
export function createComms(root: string, output: Output): Comms {
  const owners: Record<string, Run> = create(null);
  const listeners: Record<string, (event: CommEvent) => unknown> = create(null);
  const close = (id: string): void => {
    delete owners[id];
    delete listeners[id];
  };
  return {
    send: (kind, content, { metadata = {}, buffers = [] } = {}) => {
      const { comm_id: id } = content;
      if (typeof id !== "string") {
        throw new TypeError(`Cannot broadcast "${kind}" as its content must have comm_id, a text: got ${typeof id}`);
      }
      const run = output.run();
      if (kind === "comm_open") owners[id] = run;
      else if (kind === "comm_close") close(id);
      if (output.refuses()) return;
      const message = { kind, content: { ...content, comm_id: id }, metadata, buffers: buffers.map(toBase64) };
      output.display({ r: "comm", n: run.n, ...message });
    },
    listen: (commId, listener) => {
      listeners[commId] = listener;
      return () => {
        if (listeners[commId] === listener) delete listeners[commId];
      };
    },
    receive: async ({ kind, content, metadata, buffers }) => {
      const id = content.comm_id;
      const [owner, listener] = [owners[id], listeners[id]];
      if (kind === "comm_close") close(id);
      if (!owner || !listener || kind === "comm_open") return;
      // The kernel waits for the end of this turn, and a listener may loop.
      await nextTurn();
      const event = { type: kind, data: content.data, metadata, buffers: buffers.map(fromBase64) };
      await output.within(owner, async () => {
        try {
          await apply(listener, undefined, [event]);
        } catch (error) {
          output.print("stderr", `In the listener of comm "${id}": ${inspect(error, root)}\n`);
        }
      });
    },
  };
}

function toBase64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
}

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
