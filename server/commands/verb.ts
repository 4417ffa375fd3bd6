import type { Json } from "../../lib/events/mod.ts";

/** What a verb is called with. */
export interface Call {
  /** Arguments in the order of the usage line. */
  args: (string | undefined)[];
  /** Arguments of a variadic last argument. */
  rest: string[];
  /** Options by their camel-case names. */
  options: Record<string, string | boolean | string[] | undefined>;
  /** Whether one JSON document is wanted on standard output. */
  wantsJson: boolean;
  /** Finds the workbench around the current folder. */
  root: () => string;
  /** Says something on standard error; silent under --json when it is not a terminal. */
  note: (line: string) => void;
  /** Prints a part of a long answer on standard output; rejects with ClosedOutput when nobody reads it any more. */
  print: (text: string) => Promise<void>;
}

/** What a verb answers with. */
export interface Answer {
  /** The answer as one JSON document, printed under --json; undefined when the verb has printed it. */
  json: Json | undefined;
  /** The answer for a terminal. */
  text: string;
  /** 0 done (default), 1 failed. */
  exitCode?: number;
}

/** A verb's function. */
export type Action = (call: Call) => Promise<Answer>;

/** The values that an option takes: one of a list, or what a check lets pass. */
export type Accepts = readonly string[] | ((text: string) => void);

/** One row of the command table. */
export interface Verb {
  /** Words and arguments, as in "lake show <table>". */
  usage: string;
  /** One line for the help. */
  about: string;
  /** Flags, their meaning, a default, and the values that they take; `--x <y...>` may be given several times. */
  options?: readonly [flags: string, about: string, fallback?: string | undefined, accepts?: Accepts][];
  /** A command line that works. */
  example: string;
  /** Further help, for the words that stand behind the verb beside --help. */
  more?: (words: readonly string[]) => Promise<string>;
  /** Loads the module that does it. */
  load: () => Promise<Action>;
}

/** Words that do not go together: the command line ends with exit code 2. */
export class UsageError extends RangeError {
  /** Tells it from a failure. */
  override name = "UsageError";
}
