/** What wrk measured. */
export interface WrkResult {
  /** Requests per second. */
  rate: number;
  /** All requests. */
  requests: number;
  /** The latency that one of a hundred is above, milliseconds. */
  p99: number;
}

/**
 * Posts a body in a closed loop, by wrk (Debian `wrk`).
 *
 * @param url where to
 * @param connections how many
 * @param body JSON
 * @param options how long; mean of the random pause of a connection before each request, milliseconds
 * @returns what it measured
 * @throws {Error} when a request was refused, or this machine has no wrk
 */
export async function wrk(
  url: string,
  connections: number,
  body: string,
  { seconds = 4, pauseMs = 0 }: { seconds?: number; pauseMs?: number } = {},
): Promise<WrkResult> {
  const script = await Deno.makeTempFile({ suffix: ".lua" });
  await Deno.writeTextFile(
    script,
    `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = ${JSON.stringify(body)}\n` +
      (pauseMs > 0 ? `function delay() return math.random(0, ${Math.round(2 * pauseMs)}) end\n` : ""),
  );
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", script, url];
  const { stdout } = await new Deno.Command("wrk", { args }).output().catch((cause) => {
    throw new Error("Cannot measure as wrk must be installed: it is not; apt-get install wrk", { cause });
  });
  const text = new TextDecoder().decode(stdout);
  await Deno.remove(script);
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`Cannot measure ${url} as requests failed: ${text}`);
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(text)!;
  const scale = { us: 0.001, ms: 1, s: 1000 }[unit as "us" | "ms" | "s"];
  return {
    rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)![1]),
    requests: Number(/(\d+) requests in/.exec(text)![1]),
    p99: Number(p99) * scale,
  };
}
