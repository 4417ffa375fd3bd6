import { decodeMessages, encodeMessage } from "./framing.ts";

/** A conversation with a language server (JSON-RPC 2.0). */
export interface Rpc {
  /**
   * Asks.
   *
   * @param method What.
   * @param params With what.
   * @param signal Takes the question back: it fails with the signal's reason.
   * @throws {RpcError} When the server refuses.
   * @throws {ServerEnded} When the server is gone.
   */
  request<T>(method: string, params?: object, signal?: AbortSignal): Promise<T>;
  /** Tells. */
  notify(method: string, params: object): void;
  /** Settles when the server has ended its side. */
  ended: Promise<void>;
}

/** The two ends of a conversation. */
export interface RpcStreams {
  input: AsyncIterable<Uint8Array>;
  output: WritableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Begins a conversation.
 *
 * @param streams What the server writes and reads.
 * @param onRequest Answers what the server asks.
 */
export function openRpc({ input, output }: RpcStreams, onRequest: (method: string, params: unknown) => unknown): Rpc {
  const writer = output.getWriter();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let over = false;

  const send = (message: object): void => {
    // A pipe that broke shows as the end of what the server writes.
    if (!over) writer.write(encodeMessage({ jsonrpc: "2.0", ...message })).catch(() => undefined);
  };
  const receive = ({ id, method, params, result, error }: Message): void => {
    if (method !== undefined) {
      if (id !== undefined) send({ id, result: onRequest(method, params) ?? null });
      return;
    }
    const call = waiting.get(id as number);
    waiting.delete(id as number);
    if (error) call?.reject(new RpcError(error.message, error.code));
    else call?.resolve(result);
  };
  const read = async (): Promise<void> => {
    let cause: unknown;
    try {
      for await (const message of decodeMessages(input)) receive(message as Message);
    } catch (error) {
      cause = error;
    }
    over = true;
    await writer.close().catch(() => undefined);
    for (const { reject } of waiting.values()) reject(new ServerEnded({ cause }));
    waiting.clear();
  };
  const request = async <T>(method: string, params?: object, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    if (over) throw new ServerEnded();
    const id = ++lastId;
    const call = Promise.withResolvers<unknown>();
    const onAbort = (): void => {
      send({ method: "$/cancelRequest", params: { id } });
      call.reject(signal!.reason);
    };
    waiting.set(id, call);
    signal?.addEventListener("abort", onAbort, { once: true });
    send({ id, method, params });
    try {
      return await call.promise as T;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  };
  return { request, notify: (method, params) => send({ method, params }), ended: read() };
}

interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string; code: number };
}

/** A language server refused a question. */
export class RpcError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** The language server is gone; why, its exit tells. */
export class ServerEnded extends Error {
  constructor(options?: ErrorOptions) {
    super("Cannot ask language server as it must run: it has ended", options);
  }
}
