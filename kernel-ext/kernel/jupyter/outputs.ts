import { Buffer } from "node:buffer";
import type { OutputEvent } from "../outputs.ts";
import type { Content, Extra } from "./channels.ts";

/** What is told to clients of something that a cell shows: the type of the message, its content, and what else it has. */
export function outputMessage(event: OutputEvent): [type: string, content: Content, extra?: Extra] {
  switch (event.kind) {
    case "stream":
      return ["stream", { name: event.name, text: event.text }];
    case "display": {
      const { output_type: type, ...content } = event.output;
      return [type, { ...content, transient: transientOf(event.displayId) }];
    }
    case "update": {
      const { data, metadata, displayId } = event;
      return ["update_display_data", { data, metadata, transient: transientOf(displayId) }];
    }
    case "clear":
      return ["clear_output", { wait: event.wait }];
    case "comm": {
      const { kind, content, metadata, buffers } = event.message;
      return [kind, content, { metadata, buffers: buffers.map((text) => Buffer.from(text, "base64")) }];
    }
    case "error": {
      const { output_type: type, ...content } = event.output;
      return [type, content];
    }
  }
}

function transientOf(displayId: string | undefined): Content {
  return displayId === undefined ? {} : { display_id: displayId };
}
