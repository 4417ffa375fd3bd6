import { lookup as resolveName } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { z } from "zod";
import { isPrivate } from "./_private_address.ts";
import type { FetchReply, HostSpec } from "./context.ts";

/** How to ask a declared host. */
export interface AskHostOptions {
  /** Reads the environment variable that holds a secret; null where it is not set. */
  secret(name: string): string | null;
  /** Most milliseconds, name look-up and redirects included. */
  timeoutMs: number;
  /** Gives up earlier. */
  signal?: AbortSignal;
  /** Finds the addresses of a name; by the machine's resolver unless given. */
  resolve?: (hostname: string) => Promise<{ address: string; family: number }[]>;
}

const MAX_REPLY_BYTES = 1_000_000;
const MAX_REDIRECTS = 3;
const HIDDEN = "[secret]";
/** What of a reply is for the function, and for the recording. */
const KEPT_HEADERS = [
  "content-type",
  "content-language",
  "date",
  "etag",
  "last-modified",
  "cache-control",
  "retry-after",
];
/** What the connection says for itself. */
const OWN_HEADERS =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|cookie|via|forwarded|x-forwarded-.*|proxy-.*)$/i;

const asked = z.strictObject({
  path: z.string().max(8_192),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
  headers: z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/)).default(
    {},
  ),
  body: z.string().optional(),
});

/**
 * Asks a declared host for a function: within its address, at an address of the network that was checked, with its
 * secret added here. Redirects out of it, private addresses that are not declared, and replies of more than 1 MB are
 * refused.
 *
 * @param name the function's name of the host
 * @param host how the function declares it
 * @param request what the function asks; it is not trusted
 * @param options secrets, time
 * @returns status, some headers and body; a secret that is echoed is hidden
 * @throws {TypeError} when the request is of another form
 * @throws {RangeError} when it leaves the host, or the address is private
 * @throws {Error} when the host does not answer in time or at all
 */
export async function askHost(
  name: string,
  host: HostSpec,
  request: unknown,
  options: AskHostOptions,
): Promise<FetchReply> {
  const parsed = asked.safeParse(request);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new TypeError(`Cannot ask host "${name}" as the request's ${path.join(".") || "form"} is wrong: ${message}`);
  }
  const secret = secretOf(name, host, options);
  const hide = (text: string) => secret === null ? text : text.replaceAll(secret, HIDDEN);
  const timeout = AbortSignal.timeout(Math.max(1, Math.ceil(options.timeoutMs)));
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    const reply = await follow(name, host, { ...parsed.data, signal, secret }, options);
    const headers = Object.entries(reply.headers).map(([key, value]) => [key, hide(value)]);
    return { status: reply.status, headers: Object.fromEntries(headers), body: hide(reply.body) };
  } catch (cause) {
    if (cause instanceof RangeError) throw cause;
    const reason = timeout.aborted ? `it must answer within ${options.timeoutMs} ms` : (cause as Error).message;
    throw new Error(hide(`Cannot ask host "${name}" as ${reason}`));
  }
}

type Asked = Required<Omit<z.infer<typeof asked>, "body">> & {
  body?: string | undefined;
  signal: AbortSignal;
  secret: string | null;
};

async function follow(name: string, host: HostSpec, request: Asked, options: AskHostOptions): Promise<FetchReply> {
  let url = within(name, host, request.path, new URL(host.url));
  for (let hops = 0;; hops++) {
    const response = await send(name, host, url, request, options);
    const { statusCode: status = 0, headers: { location } } = response;
    if (status < 300 || status > 399 || location === undefined || !["GET", "HEAD"].includes(request.method)) {
      return await readReply(name, response, status);
    }
    response.destroy();
    if (hops === MAX_REDIRECTS) {
      throw new RangeError(`Cannot ask host "${name}" as it redirects more than ${MAX_REDIRECTS} times`);
    }
    url = within(name, host, location, url);
  }
}

// What stands behind the last slash of the declared path is a name in it, as in links.
function within(name: string, { url }: HostSpec, path: string, from: URL): URL {
  const base = new URL(url);
  const target = URL.parse(path, from);
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1);
  const isInside = target !== null && target.origin === base.origin && target.username === "" &&
    target.password === "" &&
    target.pathname.startsWith(folder) && !/%2e|%2f|%5c/i.test(target.pathname);
  if (isInside) return target;
  throw new RangeError(
    `Cannot ask host "${name}" as requests must stay within ${base.origin}${folder}: got ${
      JSON.stringify(path.slice(0, 200))
    }`,
  );
}

function secretOf(name: string, { auth }: HostSpec, { secret }: AskHostOptions): string | null {
  if (auth === undefined) return null;
  const value = secret(auth.secret);
  if (value) return value;
  throw new Error(
    `Cannot ask host "${name}" as the environment variable ${auth.secret} must hold its secret: it is not set`,
  );
}

function send(
  name: string,
  host: HostSpec,
  url: URL,
  asked: Asked,
  { resolve = resolveAll }: AskHostOptions,
): Promise<IncomingMessage> {
  const { method, body, signal, secret } = asked;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const reach = (found: { address: string; family: number }[]) => {
    const closed = host.private ? undefined : found.find(({ address }) => isPrivate(address));
    if (found.length > 0 && closed === undefined) return found;
    throw new RangeError(
      `Cannot ask host "${name}" as ${hostname} must not be a private address: got ${closed?.address ?? "none"}; ` +
        `declare it with private: true`,
    );
  };
  // The connection goes to what was checked here: a second look-up could give another address.
  const lookup: RequestOptions["lookup"] = (_, { all }, answer) => {
    resolve(hostname).then(reach).then(
      (found) => all ? answer(null, found) : answer(null, found[0]!.address, found[0]!.family),
      (error) => answer(error, "", 4),
    );
  };
  if (isIP(hostname)) reach([{ address: hostname, family: isIP(hostname) }]);
  const headers = { ...requestHeaders(host, asked), ...(secret === null ? {} : { [host.auth!.header]: secret }) };
  const open = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((done, fail) => {
    const outgoing = open(url, { method, headers, signal, lookup, agent: false }, done);
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

function requestHeaders({ auth }: HostSpec, { headers, body }: Asked): Record<string, string> {
  const free = Object.entries(headers).filter(([key]) =>
    !OWN_HEADERS.test(key) && key.toLowerCase() !== auth?.header.toLowerCase()
  );
  const length = body === undefined ? {} : { "content-length": String(new TextEncoder().encode(body).length) };
  return { "user-agent": "boathouse", "accept-encoding": "identity", ...Object.fromEntries(free), ...length };
}

async function readReply(name: string, response: IncomingMessage, status: number): Promise<FetchReply> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_REPLY_BYTES) {
      response.destroy();
      throw new RangeError(
        `Cannot ask host "${name}" as it must answer with at most ${MAX_REPLY_BYTES} bytes: it sends more`,
      );
    }
    chunks.push(chunk);
  }
  const body = await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text();
  const headers = KEPT_HEADERS.flatMap((key) => {
    const value = response.headers[key];
    return value === undefined ? [] : [[key, String(value)]];
  });
  return { status, headers: Object.fromEntries(headers), body };
}

function resolveAll(hostname: string): Promise<{ address: string; family: number }[]> {
  return resolveName(hostname, { all: true });
}
