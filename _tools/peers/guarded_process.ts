/** A server of a test. */
export interface GuardedProcess {
  /** Ends it, and what it started, as kill -9 does. */
  kill(): Promise<void>;
  /** Whether it has ended. */
  ended(): boolean;
  /** The end of what it printed. */
  printed(): string;
}

// Ends the server's group when this process ends, however it ends: the pipe of standard input closes then.
const GUARD = `exec 3<&0
setsid "$@" 3<&- </dev/null 2>&1 >/dev/null &
server=$!
( cat <&3 >/dev/null; kill -s KILL -- -$server 2>/dev/null ) 2>/dev/null &
exec 3<&-
wait $server`;

/**
 * Starts a server that ends with this process, with whatever it starts itself.
 *
 * @param program path of the program
 * @param args its arguments
 * @param env variables added to its environment
 * @returns the process
 */
export function startGuarded(program: string, args: string[], env: Record<string, string> = {}): GuardedProcess {
  const child = new Deno.Command("sh", {
    args: ["-c", GUARD, "sh", program, ...args],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let text = "", ended = false, isClosed = false;
  const read = async (): Promise<void> => {
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text = (text + part).slice(-4000);
  };
  const whole = read();
  const end = child.status.then(() => ended = true);
  return {
    async kill() {
      if (!isClosed) await child.stdin.close();
      isClosed = true;
      await end;
      await whole;
    },
    ended: () => ended,
    printed: () => text,
  };
}
