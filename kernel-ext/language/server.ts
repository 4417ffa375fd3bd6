import { pathToFileURL } from "node:url";
import { openRpc, type Rpc, ServerEnded } from "./rpc.ts";

/** Where a language server works. */
export interface ServerOptions {
  /** Absolute folder with deno.json. */
  root: string;
  /** Absolute folder of the notebook. */
  cwd: string;
  /** The environment. */
  env: Record<string, string>;
  /** Program and arguments; `deno lsp` unless given. */
  command?: readonly string[] | undefined;
}

/** A running `deno lsp`. */
export interface Server {
  /** Process id. */
  pid: number;
  /** The conversation with it. */
  rpc: Rpc;
  /** Settles when it answers; fails with why it does not come up. */
  ready: Promise<void>;
  /** Settles when it has ended: why. */
  ended: Promise<string>;
  /** Ends it at once. */
  kill(): void;
}

/**
 * Starts `deno lsp`. It ends with this process, however this one ends: it sees the end of its input, and looks after its
 * parent's id.
 *
 * @param options Folders and environment.
 * @returns The server, which is not ready yet.
 * @throws {Error} When the program cannot be started.
 */
export function startServer({ root, cwd, env, command = [Deno.execPath(), "lsp"] }: ServerOptions): Server {
  const child = spawn(command, root, env);
  const settings = settingsFor(root);
  const rpc = openRpc({ input: child.stdout, output: child.stdin }, (method, params) => {
    if (method !== "workspace/configuration") return null;
    const { items } = params as { items: { section?: string }[] };
    return items.map(({ section }) => section === "deno" ? settings : LANGUAGE);
  });
  const printed = lastText(child.stderr);
  const ended = Promise.all([child.status, printed, rpc.ended]).then(([{ code, signal }, text]) => {
    return `${signal ? `signal ${signal}` : `exit code ${code}`}${text && `; ${text}`}`;
  });
  const folders = [root, ...(isBelow(cwd, root) ? [] : [cwd])];
  const initialize = async (): Promise<void> => {
    await rpc.request("initialize", initialization(folders, settings));
    rpc.notify("initialized", {});
    // Whatever comes before it has read its settings may be done in any order. This answer comes after.
    await rpc.request("deno/performance");
  };
  const ready = initialize().catch(async (error) => {
    if (!(error instanceof ServerEnded)) throw error;
    throw new Error(`Cannot start language server as it must come up: ${await ended}`, { cause: error });
  });
  // Whoever asks waits for it; where nobody does, its failure is nobody's.
  ready.catch(() => undefined);
  return { pid: child.pid, rpc, ready, ended, kill: () => kill(child) };
}

function spawn([program, ...args]: readonly string[], root: string, env: Record<string, string>): Deno.ChildProcess {
  try {
    return new Deno.Command(program!, {
      args,
      cwd: root,
      clearEnv: true,
      env: { ...env, ...QUIET },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new Error(`Cannot start language server as "${program}" must run: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

// Types come from what is installed: nothing is looked up, fetched or installed for a question. Whatever would try
// nevertheless meets a proxy that is not there.
const QUIET = {
  NO_COLOR: "1",
  DENO_NO_UPDATE_CHECK: "1",
  HTTP_PROXY: "http://127.0.0.1:9",
  HTTPS_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "",
};

const LANGUAGE = { suggest: { autoImports: false } };

function settingsFor(root: string) {
  return {
    enable: true,
    config: `${root}/deno.json`,
    lint: false,
    cacheOnSave: false,
    // Without a limit it reads every module below the root, tests included, before the first answer.
    documentPreloadLimit: 0,
    suggest: { imports: { autoDiscover: false, hosts: {} } },
    typescript: LANGUAGE,
    javascript: LANGUAGE,
  };
}

function initialization(folders: readonly string[], settings: object) {
  const text = ["markdown", "plaintext"];
  return {
    processId: Deno.pid,
    rootUri: pathToFileURL(folders[0]!).href,
    workspaceFolders: folders.map((folder) => ({ uri: pathToFileURL(folder).href, name: folder })),
    initializationOptions: settings,
    capabilities: {
      general: { positionEncodings: ["utf-16"] },
      textDocument: {
        // With this it waits to be asked, and sends no diagnostics by itself.
        diagnostic: {},
        completion: { completionItem: { documentationFormat: text } },
        hover: { contentFormat: text },
      },
      workspace: { configuration: true, workspaceFolders: true },
    },
  };
}

function isBelow(folder: string, root: string): boolean {
  return folder === root || folder.startsWith(`${root}/`);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The end of what a process printed, as one line. */
async function lastText(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) text = (text + decoder.decode(chunk, { stream: true })).slice(-SHOWN_CHARS);
  return text.replace(/\s+/g, " ").trim();
}

const SHOWN_CHARS = 500;
