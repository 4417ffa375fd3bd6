import type { Child } from "../child.ts";
import { createAssist } from "./assist.ts";
import { type Content, type Extra, openChannels, type Request } from "./channels.ts";
import { createCommHandlers } from "./comms.ts";
import type { ConnectionFile } from "./connection_file.ts";
import { createExecutor } from "./execute.ts";
import { readExecuteRequest } from "./execute_request.ts";
import { createHistory } from "./history.ts";
import { createInputs } from "./input.ts";
import type { Language } from "../../language/mod.ts";
import { createQueue } from "./queue.ts";
import { isComplete, kernelInfo } from "./requests.ts";

/** What a kernel works with. */
export interface KernelOptions {
  connection: ConnectionFile;
  /** Version of Boathouse. */
  version: string;
  /** Starts the process of the cells; is called again where it fails. */
  startChild(): Promise<Child>;
  /** Opens what knows types, when it is first asked. */
  openLanguage(): Promise<Language>;
  /** Is told what no client is told. */
  onNote(text: string): void;
}

/** A kernel that serves its clients. */
export interface Kernel extends AsyncDisposable {
  /** Settles when a client has asked to shut it down. */
  over: Promise<void>;
  /** Interrupts the running cell, if any. */
  interrupt(): Promise<void>;
}

type Handler = (request: Request) => Promise<Content | null>;

/**
 * Serves a Jupyter kernel on the channels of a connection file, until it is disposed of.
 *
 * @param options The connection, and how to start what it needs.
 * @throws {Deno.errors.AddrInUse} When a port is taken.
 */
export function serveKernel(options: KernelOptions): Kernel {
  const over = Promise.withResolvers<void>();
  const publish = (type: string, content: Content, { message }: Request, extra?: Extra) => {
    channels.publish(type, content, message.header, extra);
  };
  const child = keepChild(options.startChild);
  const history = createHistory();
  const inputs = createInputs((request, content) => channels.ask(request, content));
  const assist = createAssist({ ...options, publish });
  const executor = createExecutor({ child: child.get, history, publish, answerFor: inputs.answerFor });
  const execute: Handler = async (request) => {
    const asked = readExecuteRequest(request.message);
    const content = await executor.execute(request, asked);
    if (!asked.silent) void assist.ran(request, asked);
    return content;
  };
  const shutDown: Handler = (request) => {
    const reply = { status: "ok", restart: request.message.content.restart === true };
    publish("shutdown_reply", reply, request);
    return Promise.resolve(reply);
  };
  const shell: Record<string, Handler> = {
    kernel_info_request: async () => {
      // A cell would wait for it anyhow; whoever waits for the kernel to be ready means the process of its cells too.
      await child.get().catch((error) => options.onNote(textOf(error)));
      return kernelInfo(options.version);
    },
    execute_request: execute,
    is_complete_request: ({ message }) => isComplete(message.content),
    complete_request: ({ message }) => assist.complete(message.content),
    inspect_request: ({ message }) => assist.inspect(message.content),
    history_request: ({ message }) => Promise.resolve(history.answer(message.content)),
    ...createCommHandlers({ child: child.get, publish }),
    shutdown_request: shutDown,
  };
  const control: Record<string, Handler> = {
    kernel_info_request: shell.kernel_info_request!,
    shutdown_request: shutDown,
    interrupt_request: async () => {
      await executor.interrupt();
      return { status: "ok" };
    },
  };
  const context = { publish, onNote: options.onNote, onShutDown: over.resolve };
  const queue = createQueue<Request>(async (request) => {
    const behind: Request[] = [];
    await serve(request, shell, {
      ...context,
      beforeReply: async ({ status }) => {
        if (status !== "error" || !isExecute(request) || request.message.content.stop_on_error === false) return;
        // What the client has sent without knowing of the error may still lie in its socket.
        await new Promise((resolve) => setTimeout(resolve));
        behind.push(...queue.take(isExecute));
      },
    });
    const abort: Handler = () => Promise.resolve({ status: "aborted" });
    for (const waiting of behind) await serve(waiting, { execute_request: abort }, context);
  });
  const channels = openChannels(options.connection, {
    onShell: queue.push,
    onControl: (request) => void serve(request, control, context),
    onInput: inputs.take,
    onNote: options.onNote,
  });
  child.get().catch(() => undefined);
  return {
    over: over.promise,
    interrupt: executor.interrupt,
    [Symbol.asyncDispose]: async () => {
      // First, as a request that still came in would start a process anew.
      await channels[Symbol.asyncDispose]();
      await Promise.all([assist[Symbol.asyncDispose](), child[Symbol.asyncDispose]()]);
    },
  };
}

/** What serving a request needs of the kernel. */
interface ServeContext {
  publish(type: string, content: Content, request: Request): void;
  onNote(text: string): void;
  /** Is called when a request to shut down has been answered. */
  onShutDown(): void;
  beforeReply?(content: Content): Promise<void>;
}

/** Handles one request between busy and idle. */
async function serve(request: Request, handlers: Record<string, Handler>, context: ServeContext): Promise<void> {
  const { publish, onNote, onShutDown, beforeReply } = context;
  const { msg_type: type } = request.message.header;
  publish("status", { execution_state: "busy" }, request);
  let content: Content | null = null;
  try {
    const handler = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
    if (handler) content = await handler(request);
    else onNote(`Cannot answer ${JSON.stringify(type.slice(0, 100))} as this kernel does not know it`);
  } catch (error) {
    content = failureOf(error);
    if (isExecute(request)) publish("error", content, request);
    else onNote(textOf(error));
  }
  if (content) {
    await beforeReply?.(content);
    request.reply(content);
  }
  publish("status", { execution_state: "idle" }, request);
  if (type === "shutdown_request") onShutDown();
}

/** Keeps the process of the cells, and tries again to start one where it did not come up. */
function keepChild(start: () => Promise<Child>) {
  let child: Promise<Child> | null = null;
  return {
    get: () =>
      child ??= start().catch((error) => {
        child = null;
        throw error;
      }),
    [Symbol.asyncDispose]: async () => {
      await (await child?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

function isExecute({ message }: Request): boolean {
  return message.header.msg_type === "execute_request";
}

function failureOf(error: unknown): Content {
  const ename = error instanceof Error ? error.name : "Error";
  const evalue = textOf(error);
  return { status: "error", ename, evalue, traceback: [`${ename}: ${evalue}`] };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
