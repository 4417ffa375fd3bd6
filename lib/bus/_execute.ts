import { appender } from "./_append.ts";
import type { AppendCommand, Command, Outcome } from "./_command.ts";
import { openWriter, settingsOf } from "./_database.ts";
import { explain } from "./_explain.ts";
import { committer, truncater } from "./_retain.ts";
import { topicCreator } from "./_topic.ts";
import { openTransactions, retryBusy } from "./_transaction.ts";

/** The writing side of an embedded bus; it blocks its thread. */
export interface Executor {
  /** Runs commands in order; appends that follow one another share a transaction. Failures are outcomes. */
  execute(commands: readonly Command[]): Outcome[];
  /** Closes the connection. */
  close(): void;
}

/**
 * Opens the writing side of an embedded bus.
 *
 * @param dir Folder of the bus; made when missing.
 * @param lockWaitMs How long a lock of another process is waited for.
 * @returns The executor.
 * @throws {Error} When the folder or its file cannot be opened.
 */
export function openExecutor(dir: string, lockWaitMs: number): Executor {
  const retry = <T>(action: () => T): T => retryBusy(lockWaitMs, action);
  const database = openWriter(dir, retry);
  const writer = openTransactions(database, retry);
  const append = appender(database), create = topicCreator(database);
  const commit = committer(database), truncate = truncater(database, writer);

  function appendAll(commands: readonly AppendCommand[]): Outcome[] {
    try {
      return writer.transact(() => commands.map((command) => keepRefusal(() => ({ answer: append(command) }))));
    } catch (cause) {
      return commands.map((command) => ({ error: explain(verbOf(command), dir, cause) }));
    }
  }

  function executeOne(command: Exclude<Command, AppendCommand>): Outcome {
    try {
      switch (command.op) {
        case "create":
          return { answer: writer.transact(() => create(command.topic, command.partitions)) };
        case "commit":
          writer.transact(() => commit(command.group, command.topic, command.partition, command.offset));
          return { answer: null };
        case "truncate":
          truncate(command.topic, command.partition, command.before);
          return { answer: null };
        case "settings":
          return { answer: settingsOf(database) };
      }
    } catch (cause) {
      return { error: explain(verbOf(command), dir, cause) };
    }
  }

  return {
    execute(commands) {
      const outcomes: Outcome[] = [];
      while (outcomes.length < commands.length) {
        const command = commands[outcomes.length]!;
        outcomes.push(
          ...(command.op === "append" ? appendAll(appendsFrom(commands, outcomes.length)) : [executeOne(command)]),
        );
      }
      return outcomes;
    },
    close: () => database.close(),
  };
}

function appendsFrom(commands: readonly Command[], start: number): AppendCommand[] {
  const found: AppendCommand[] = [];
  for (let i = start; commands[i]?.op === "append"; i++) found.push(commands[i] as AppendCommand);
  return found;
}

/** A refused append has written nothing: the others of its transaction go on. */
function keepRefusal(action: () => Outcome): Outcome {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof RangeError && !("errcode" in cause)) return { error: cause };
    throw cause;
  }
}

function verbOf(command: Command): string {
  if (command.op === "append") return `append to "${command.topic}"`;
  if (command.op === "create") return `create topic "${command.topic}"`;
  if (command.op === "settings") return "read settings";
  return `${command.op} "${command.topic}"`;
}
