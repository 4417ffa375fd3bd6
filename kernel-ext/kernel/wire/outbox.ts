/** What waits to be sent to one peer, in order. */
export interface Outbox {
  /**
   * Adds bytes, unless more than allowed wait already.
   *
   * @returns Whether they will be sent.
   */
  send(bytes: Uint8Array): boolean;
  /** Settles when all that waits has been sent, or the connection is gone. */
  flushed(): Promise<void>;
}

/**
 * Makes the outbox of a connection. A peer that reads slowly must not fill our memory: past `maxBytes` it loses messages.
 *
 * @param connection Where to; it is closed when it cannot be written to.
 * @param options Bytes that may wait before more are refused.
 */
export function createOutbox(connection: Deno.Conn, { maxBytes }: { maxBytes: number }): Outbox {
  const waiting: Uint8Array[] = [];
  let bytesWaiting = 0;
  let sending: PromiseWithResolvers<void> | null = null;

  const sendAll = async (over: PromiseWithResolvers<void>): Promise<void> => {
    sending = over;
    try {
      for (let bytes = waiting[0]; bytes; bytes = waiting[0]) {
        for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
        waiting.shift();
        bytesWaiting -= bytes.length;
      }
    } catch {
      // Whoever reads from the connection learns why it is gone.
      closeQuietly(connection);
    }
    // In the same turn as the last look at what waits: what is added from here on begins anew.
    sending = null;
    over.resolve();
  };
  return {
    send: (bytes) => {
      if (bytesWaiting > maxBytes) return false;
      waiting.push(bytes);
      bytesWaiting += bytes.length;
      if (!sending) void sendAll(Promise.withResolvers<void>());
      return true;
    },
    flushed: async () => await sending?.promise,
  };
}

/** Closes a connection that may be closed already. */
export function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
