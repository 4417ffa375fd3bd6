import { relative, resolve } from "node:path";
import type { LabEnvironment } from "./lab_environment.ts";
import { KERNEL_NAME } from "./kernelspec.ts";

/** A JupyterLab that runs. */
export interface LabServer extends AsyncDisposable {
  /** Opens it in a browser: it has the token. */
  url: string;
  /** For requests: the header `authorization: token TOKEN`. */
  token: string;
  /** Its exit code, when it has ended. */
  ended: Promise<number>;
}

/** How a JupyterLab is started. */
export interface LabServerOptions {
  /** Folder that it shows; no file outside of it is reached through its file browser. */
  root: string;
  /** Folder below the root at which it opens. */
  folder: string;
  /** Port of 127.0.0.1. */
  port: number;
  /** Whether it opens the user's browser. */
  openBrowser: boolean;
  /** Gives up before it is ready. */
  signal?: AbortSignal;
}

const READY_MS = 120_000;
const END_MS = 15_000;

// The token comes by a pipe: arguments are seen by all users, the environment by cells. The pipe's end is the end of
// the server, so that it never outlives who started it.
const LAUNCHER = `
import os, signal, sys, threading
token = sys.stdin.readline().strip()
def end():
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end, daemon=True).start()
from jupyterlab.labapp import LabApp
LabApp.launch_instance([*sys.argv[1:], "--IdentityProvider.token=" + token])
`;

/**
 * Starts JupyterLab with our kernel as the default, and waits until it answers.
 *
 * @param environment where it is installed
 * @param options folder, port and browser
 * @returns the server; disposing ends it with its kernels
 * @throws {Error} when it does not come up, with the end of what it said
 */
export async function startLab(environment: LabEnvironment, options: LabServerOptions): Promise<LabServer> {
  const token = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  const child = new Deno.Command(environment.python, {
    args: ["-c", LAUNCHER, ...argumentsOf(options)],
    env: environment.env,
    cwd: options.root,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
    detached: true, // a terminal's Ctrl-C is for us, and we end it in good order
  }).spawn();
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(`${token}\n`));
  const said = lastLines(child.stderr);
  let hasEnded = false;
  const ended = child.status.then(({ code }) => {
    hasEnded = true;
    return code;
  });
  const end = async () => {
    await stdin.close().catch(() => {}); // it may have ended by itself
    const late = setTimeout(() => hasEnded || child.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(late);
  };
  const base = `http://127.0.0.1:${options.port}`;
  try {
    await untilReady(`${base}/api/status`, token, () => hasEnded, options.signal);
  } catch (cause) {
    await end();
    if (options.signal?.aborted) throw cause;
    throw new Error(`Cannot start JupyterLab as it does not answer: ${await said}`, { cause });
  }
  return { url: `${base}${pathOf(options)}?token=${token}`, token, ended, [Symbol.asyncDispose]: end };
}

function pathOf({ root, folder }: LabServerOptions): string {
  const path = relative(resolve(root), resolve(folder)).split("/").filter(Boolean).map(encodeURIComponent);
  return ["/lab", ...(path.length > 0 ? ["tree", ...path] : [])].join("/");
}

function argumentsOf(options: LabServerOptions): string[] {
  const settings: Record<string, string | number | boolean> = {
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.port": options.port,
    "ServerApp.port_retries": 0,
    "ServerApp.root_dir": options.root,
    "ServerApp.open_browser": options.openBrowser,
    "ServerApp.answer_yes": true,
    "ServerApp.allow_root": true, // in a container there is no other user
    "ServerApp.log_level": "ERROR",
    "LabApp.default_url": pathOf(options),
    "LabApp.log_level": "ERROR",
    "LabApp.news_url": "None",
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "LabApp.extension_manager": "readonly",
    "MappingKernelManager.default_kernel_name": KERNEL_NAME,
  };
  return Object.entries(settings).map(([name, value]) =>
    `--${name}=${typeof value === "boolean" ? value ? "True" : "False" : value}`
  );
}

async function untilReady(
  url: string,
  token: string,
  hasEnded: () => boolean,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const giveUp = Date.now() + READY_MS;
  for (;;) {
    try {
      const response = await fetch(url, { headers: { authorization: `token ${token}` }, signal });
      await response.body?.cancel();
      if (response.ok) return;
      throw new Error(`${url} answers ${response.status}`);
    } catch (cause) {
      if (signal.aborted || hasEnded() || Date.now() > giveUp) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Reads a stream to its end, so that its writer never waits, and keeps the end of it. */
async function lastLines(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) text = (text + part).slice(-2000);
  return text.trimEnd().split("\n").slice(-3).join("\n");
}
