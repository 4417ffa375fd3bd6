import { Command, CommanderError } from "commander";
import { type Json } from "../../lib/events/mod.ts";
import { findRoot } from "../../lib/config/mod.ts";
import { LATER_VERBS } from "./later_verbs.ts";
import { explain } from "./explain.ts";

/** What a verb is called with. */
export interface Call {
  /** Arguments in the order of the usage line. */
  args: (string | undefined)[];
  /** Arguments of a variadic last argument. */
  rest: string[];
  /** Options by their camel-case names. */
  options: Record<string, string | boolean | string[] | undefined>;
  /** Finds the workbench around the current folder. */
  root: () => string;
  /** Says something on standard error; silent under --json when it is not a terminal. */
  note: (line: string) => void;
}

/** What a verb answers with. */
export interface Answer {
  /** The answer as one JSON document, printed under --json. */
  json: Json;
  /** The answer for a terminal. */
  text: string;
  /** 0 done (default), 1 failed. */
  exitCode?: number;
}

/** A verb's function. */
export type Action = (call: Call) => Promise<Answer>;

/** One row of the command table. */
export interface Verb {
  /** Words and arguments, as in "lake show <table>". */
  usage: string;
  /** One line for the help. */
  about: string;
  /** Flags, their meaning, and a default. */
  options?: [flags: string, about: string, fallback?: string][];
  /** A command line that works. */
  example: string;
  /** Loads the module that does it. */
  load: () => Promise<Action>;
}

const VERSION = "0.1.0";
const ENCODER = new TextEncoder();

/**
 * Runs one command line.
 *
 * @param verbs the command table
 * @param args words after the program's name
 * @returns exit code: 0 done, 1 failed, 2 wrong usage
 */
export async function runCommandLine(verbs: readonly Verb[], args: string[]): Promise<number> {
  const later = laterVerb(args);
  if (later) return refuse(later);
  let exitCode = 0;
  const program = buildProgram(verbs, async (verb, call) => {
    exitCode = await perform(verb, call);
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

function buildProgram(verbs: readonly Verb[], act: (verb: Verb, call: Call & { wantsJson: boolean }) => Promise<void>) {
  const program = configure(new Command("boathouse")).description("a notebook-first analytics workbench").version(
    VERSION,
  );
  const groups = new Map<string, Command>();
  for (const verb of verbs) {
    const [group, name] = splitUsage(verb.usage);
    const parent = group === ""
      ? program
      : groups.get(group) ?? program.command(group).description(`verbs of ${group}`);
    if (group !== "") groups.set(group, configure(parent));
    addVerb(parent, name, verb, act);
  }
  return program;
}

function addVerb(
  parent: Command,
  name: string,
  verb: Verb,
  act: (verb: Verb, call: Call & { wantsJson: boolean }) => Promise<void>,
): void {
  const command = configure(parent.command(name)).description(verb.about)
    .addHelpText("after", `\nExample:\n  ${verb.example}`).option("--json", "print one JSON document")
    .option("--trace", "show where in the code an error came from");
  for (const [flags, about, fallback] of verb.options ?? []) command.option(flags, about, fallback);
  command.action(async () => {
    const { json, ...options } = command.opts();
    const given = command.processedArgs as (string | string[] | undefined)[];
    await act(verb, {
      args: given.filter((value) => !Array.isArray(value)) as (string | undefined)[],
      rest: (given.find(Array.isArray) ?? []) as string[],
      options,
      root: () => findRoot(Deno.cwd()),
      note: (line) => {
        if (!json || Deno.stderr.isTerminal()) Deno.stderr.writeSync(ENCODER.encode(`${line}\n`));
      },
      wantsJson: json === true,
    });
  });
}

async function perform(verb: Verb, call: Call & { wantsJson: boolean }): Promise<number> {
  try {
    const action = await verb.load();
    const answer = await action(call);
    const shown = call.wantsJson ? JSON.stringify(answer.json, null, 2) : answer.text;
    if (shown !== "") await writeAll(`${shown}\n`);
    return answer.exitCode ?? 0;
  } catch (error) {
    console.error(call.options.trace ? error : `boathouse: ${explain(error)}`);
    return 1;
  }
}

async function writeAll(text: string): Promise<void> {
  let bytes = ENCODER.encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
}

function configure(command: Command): Command {
  return command.exitOverride().showSuggestionAfterError(false).configureOutput({
    outputError: (text, write) => write(`boathouse: ${text.trim().replace(/^error: /, "")}; see boathouse --help\n`),
  });
}

function splitUsage(usage: string): [group: string, rest: string] {
  const words = usage.split(" ");
  const isGroup = words.length > 1 && /^[a-z]/.test(words[1]!);
  return isGroup ? [words[0]!, words.slice(1).join(" ")] : ["", usage];
}

function laterVerb(args: string[]): string | null {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return LATER_VERBS.find((verb) => verb.split(" ").every((word, at) => words[at] === word)) ?? null;
}

function refuse(verb: string): number {
  console.error(
    `boathouse: Cannot run "boathouse ${verb}" as it is not in version ${VERSION}: see CHANGELOG.md for what is`,
  );
  return 2;
}
