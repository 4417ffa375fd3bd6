import { Buffer } from "node:buffer";
import type { Child } from "../child.ts";
import type { Content, Request } from "./channels.ts";

/** What answering messages of comms needs of the kernel. */
export interface CommContext {
  /** The process of the cells. */
  child(): Promise<Child>;
  publish(type: string, content: Content, request: Request): void;
}

/** Makes the handlers of the messages of comms: cells open them, and clients answer. */
export function createCommHandlers({ child, publish }: CommContext) {
  const refuse = (request: Request): void => {
    publish("comm_close", { comm_id: request.message.content.comm_id, data: {} }, request);
  };
  const hand = async ({ message }: Request, kind: "comm_msg" | "comm_close"): Promise<boolean> => {
    const { content, metadata, buffers } = message;
    const id = content.comm_id;
    if (typeof id !== "string") return false;
    const texts = buffers.map((buffer) => Buffer.from(buffer).toString("base64"));
    return await (await child()).comm({ kind, content: { ...content, comm_id: id }, metadata, buffers: texts });
  };
  return {
    comm_info_request: async ({ message }: Request): Promise<Content> => {
      const { target_name: wanted = null } = message.content;
      const open = [...(await child()).comms()].filter(([, target]) => wanted === null || target === wanted);
      return { status: "ok", comms: Object.fromEntries(open.map(([id, name]) => [id, { target_name: name }])) };
    },
    // No code here waits for comms that clients open.
    comm_open: (request: Request): Promise<null> => Promise.resolve(refuse(request) ?? null),
    comm_msg: async (request: Request): Promise<null> => {
      if (!(await hand(request, "comm_msg"))) refuse(request);
      return null;
    },
    comm_close: async (request: Request): Promise<null> => {
      await hand(request, "comm_close");
      return null;
    },
  };
}
