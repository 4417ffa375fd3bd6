import { offsetOrTime, wholeNumber } from "./option_values.ts";
import type { Verb } from "./verb.ts";

/** Verbs of the message bus. */
export const BUS_VERBS: readonly Verb[] = [
  {
    usage: "bus topics",
    about: "topics with their partitions, first and next offsets",
    example: "boathouse bus topics --json",
    load: async () => (await import("./bus_topics.ts")).busTopics,
  },
  {
    usage: "bus publish <topic> [file]",
    about: "publish newline-delimited JSON from a file or standard input (-): CloudEvents, or any documents",
    options: [["--key <field>", "field of each document that becomes its key; an event has its subject"]],
    example: "boathouse bus publish rides rides.ndjson --key line",
    load: async () => (await import("./bus_publish.ts")).busPublish,
  },
  {
    usage: "bus tail <topic>",
    about: "print records as they come, one JSON document a line",
    options: [
      ["--from <offset|time>", "first offset, or a bus time such as 2001-05-01T00:00:00Z", "end", offsetOrTime],
      ["--limit <n>", "end after n records", undefined, wholeNumber],
    ],
    example: "boathouse bus tail inference --from 0 --limit 3",
    load: async () => (await import("./bus_tail.ts")).busTail,
  },
];
