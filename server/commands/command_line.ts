import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { findRoot } from "../../lib/config/env/mod.ts";
import { explain } from "./explain.ts";
import { LATER_VERBS } from "./later_verbs.ts";
import { ClosedOutput, print, say } from "./print.ts";
import { type Call, UsageError, type Verb } from "./verb.ts";

const VERSION = "0.1.0";

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
  const more = await moreHelp(verbs, args);
  const program = buildProgram(verbs, more, async (verb, call) => {
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

type Act = (verb: Verb, call: Call) => Promise<void>;

/** What the help of a verb says beyond its options, of the words beside --help. */
async function moreHelp(verbs: readonly Verb[], args: readonly string[]): Promise<string> {
  if (!args.some((arg) => arg === "--help" || arg === "-h")) return "";
  const verb = verbs.find(({ usage }) => nameOf(usage).every((word, at) => args[at] === word));
  if (!verb?.more) return "";
  try {
    return `\n${await verb.more(args.slice(nameOf(verb.usage).length))}`.trimEnd();
  } catch (error) {
    return `\n\n${explain(error)}`;
  }
}

function nameOf(usage: string): string[] {
  const words = usage.split(" ");
  return words.slice(0, words.findIndex((word) => !/^[a-z]/.test(word)) >>> 0);
}

function buildProgram(verbs: readonly Verb[], more: string, act: Act): Command {
  const program = configure(new Command("boathouse")).version(VERSION).enablePositionalOptions()
    .description("a notebook-first analytics workbench")
    .addHelpText("after", "\nboathouse VERB --help shows the options of a verb, and an example.");
  const groups = new Map<string, Command>([["", program]]);
  for (const verb of verbs) {
    const [group, name] = splitUsage(verb.usage);
    const parent = groups.get(group) ?? configure(program.command(group)).description(membersOf(group, verbs));
    groups.set(group, parent);
    addVerb(parent, name, { verb, more }, act);
  }
  return program;
}

function addVerb(parent: Command, name: string, { verb, more }: { verb: Verb; more: string }, act: Act): void {
  const command = configure(parent.command(name)).description(verb.about)
    .addHelpText("after", `\nExample:\n  ${verb.example}${more}`).option("--json", "print one JSON document")
    .option("--trace", "show where in the code an error came from");
  for (const option of verb.options ?? []) command.addOption(optionOf(option));
  command.action(async () => {
    const { json, ...options } = command.opts();
    const wantsJson = json === true;
    const given = command.processedArgs as (string | string[] | undefined)[];
    await act(verb, {
      args: given.filter((value) => !Array.isArray(value)) as (string | undefined)[],
      rest: (given.find(Array.isArray) ?? []) as string[],
      options,
      wantsJson,
      root: () => findRoot(Deno.cwd()),
      note: (line) => {
        if (!wantsJson || Deno.stderr.isTerminal()) say(line);
      },
      print,
    });
  });
}

function optionOf([flags, about, fallback, accepts]: NonNullable<Verb["options"]>[number]): Option {
  const option = new Option(flags.replace("...>", ">"), about).default(fallback);
  // Commander's own lists take all words that follow, so that no argument could stand behind them.
  if (flags.includes("...>")) return option.argParser((text, before: string[] = []) => [...before, text]);
  if (accepts === undefined) return option;
  if (typeof accepts !== "function") return option.choices(accepts);
  return option.argParser((text) => {
    try {
      accepts(text);
    } catch (error) {
      throw new InvalidArgumentError(explain(error));
    }
    return text;
  });
}

async function perform(verb: Verb, call: Call): Promise<number> {
  try {
    const action = await verb.load();
    const { json, text, exitCode } = await action(call);
    const shown = call.wantsJson ? json === undefined ? "" : JSON.stringify(json, null, 2) : text;
    if (shown !== "") await print(`${shown}\n`);
    return exitCode ?? 0;
  } catch (error) {
    if (error instanceof ClosedOutput) return 0;
    if (call.options.trace) console.error(error);
    else say(`boathouse: ${explain(error)}${error instanceof UsageError ? "; see boathouse --help" : ""}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

function configure(command: Command): Command {
  return command.exitOverride().showSuggestionAfterError(false).configureOutput({
    outputError: (text, write) =>
      write(`boathouse: ${text.trim().replace(/^error: /, "").replace(/\.$/, "")}; see boathouse --help\n`),
  });
}

function splitUsage(usage: string): [group: string, rest: string] {
  const words = usage.split(" ");
  const isGroup = words.length > 1 && /^[a-z]/.test(words[1]!);
  return isGroup ? [words[0]!, words.slice(1).join(" ")] : ["", usage];
}

function membersOf(group: string, verbs: readonly Verb[]): string {
  const names = verbs.map(({ usage }) => splitUsage(usage)).filter(([of]) => of === group);
  return names.map(([, name]) => name.split(" ")[0]).join(", ");
}

function laterVerb(args: string[]): string | null {
  const words = args.filter((arg) => !arg.startsWith("-"));
  return LATER_VERBS.find((verb) => verb.split(" ").every((word, at) => words[at] === word)) ?? null;
}

function refuse(verb: string): number {
  say(`boathouse: Cannot run "boathouse ${verb}" as it is not in version ${VERSION}: see CHANGELOG.md for what is`);
  return 2;
}
