import { Buffer } from "node:buffer";

/** The connecting end of ZMTP 3.1, for tests: written from the specification, and sharing nothing with the server. */
export interface ZmtpClient extends AsyncDisposable {
  send(frames: readonly Uint8Array[]): Promise<void>;
  /** Settles when the other end has closed the connection. */
  closed: Promise<void>;
}

/**
 * Connects to a socket.
 *
 * @param port Port of 127.0.0.1.
 * @param options Type and name of our socket, and what is told of each message.
 */
export async function connectZmtp(port: number, { type, identity = "", onMessage }: {
  type: "DEALER" | "SUB" | "REQ";
  identity?: string;
  onMessage(frames: Buffer[]): void;
}): Promise<ZmtpClient> {
  const connection = await Deno.connect({ port });
  const ready = Promise.withResolvers<void>();
  let rest = Buffer.alloc(0);
  let greeted = false;
  let message: Buffer[] = [];

  const takeFrame = (flags: number, body: Buffer): void => {
    if (flags & 4) return void (body.toString("latin1", 1, 6) === "READY" && ready.resolve());
    message.push(body);
    if (flags & 1) return;
    onMessage(message);
    message = [];
  };
  const take = (): boolean => {
    if (!greeted) {
      if (rest.length < 64) return false;
      greeted = true;
      rest = rest.subarray(64);
    }
    const head = rest.length > 0 && rest[0]! & 2 ? 9 : 2;
    if (rest.length < head) return false;
    const end = head + (head === 2 ? rest[1]! : Number(rest.readBigUInt64BE(1)));
    if (rest.length < end) return false;
    const [flags, body] = [rest[0]!, rest.subarray(head, end)];
    rest = rest.subarray(end);
    takeFrame(flags, body);
    return true;
  };
  const read = async (): Promise<void> => {
    try {
      for await (const chunk of connection.readable) {
        rest = Buffer.concat([rest, chunk]);
        while (take());
      }
    } catch (error) {
      if (
        !([Deno.errors.BadResource, Deno.errors.ConnectionReset, Deno.errors.Interrupted].some((kind) =>
          error instanceof kind
        ))
      ) throw error;
    }
  };
  const closed = read();
  const properties = [property("Socket-Type", type), ...(identity === "" ? [] : [property("Identity", identity)])];
  await writeAll(connection, greeting());
  await writeAll(connection, frame(4, Buffer.concat([Buffer.from("\x05READY"), ...properties])));
  await ready.promise;
  if (type === "SUB") await writeAll(connection, frame(4, Buffer.from("\x09SUBSCRIBE")));
  return {
    closed,
    send: (frames) => {
      return writeAll(
        connection,
        Buffer.concat(frames.map((body, index) => {
          return frame(index < frames.length - 1 ? 1 : 0, Buffer.from(body));
        })),
      );
    },
    [Symbol.asyncDispose]: async () => {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
      await closed;
    },
  };
}

/** The first 64 bytes of a peer without security. */
export function greeting(): Buffer {
  const bytes = Buffer.alloc(64);
  bytes[0] = 0xff;
  bytes.set([1, 0x7f, 3, 1], 8);
  bytes.write("NULL", 12);
  return bytes;
}

/** One frame, in the long form where its body needs it. */
export function frame(flags: number, body: Buffer): Buffer {
  if (body.length < 256) return Buffer.concat([Buffer.from([flags, body.length]), body]);
  const head = Buffer.alloc(9);
  head[0] = flags | 2;
  head.writeBigUInt64BE(BigInt(body.length), 1);
  return Buffer.concat([head, body]);
}

function property(name: string, value: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), size, Buffer.from(value, "latin1")]);
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
