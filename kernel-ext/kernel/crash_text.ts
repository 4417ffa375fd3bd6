import { relativeTo } from "./child/relative_to.ts";

/** Reads lines of standard error one by one, and makes of those that tell an error what its author may see of it. */
export interface CrashReader {
  /** Takes a line; returns what is to be shown now. */
  take(line: string): string[];
  /** What is to be shown at the end. */
  end(): string[];
}

/**
 * Reads what Deno prints of an error that nothing caught: its frames are those of V8, which know neither cells nor who
 * wrote them.
 *
 * @param root Absolute folder of the workbench, to which paths become relative.
 */
export function readCrashes(root: string): CrashReader {
  const crash: string[] = [];
  const end = (): string[] => tidy(crash.splice(0), root);
  return {
    take: (line) => {
      if (HEAD.test(line)) return [...end(), ...hold(line)];
      if (crash.length === 0) return RUNTIME.test(line) ? [] : [relativeTo(root, line)];
      const isOver = FRAME.test(crash.at(-1)!) && !FRAME.test(line);
      return isOver ? [...end(), line] : hold(line);
    },
    end,
  };

  function hold(line: string): string[] {
    crash.push(line);
    return [];
  }
}

/** Not of a Worker's error: its process goes on, so nothing may be held back. */
const HEAD = /^error: Uncaught (?!\(in worker)/;
const FRAME = /^\s+at /;
const CARET = /^\s*\^+\s*$/;
const RUNTIME = /^\s+at (.*\()?(ext|node):/;
const OWN = new URL("../../", import.meta.url).href;

function tidy(lines: readonly string[], root: string): string[] {
  const at = lines.findIndex((line) => FRAME.test(line));
  const [head, frames] = at < 0 ? [lines, []] : [lines.slice(0, at), lines.slice(at)];
  const isOurs = frames[0]?.includes(OWN) ?? false;
  // The source line under the message, where it is one of the kernel.
  const shown = isOurs && CARET.test(head.at(-1)!) ? head.slice(0, -2) : head;
  const kept = frames.filter((line) => !RUNTIME.test(line) && !line.includes(OWN));
  // Which cell it is V8 does not tell here, and the position is that of the compiled code.
  return [...shown, ...kept.map((line) => line.replace(/(<anonymous>|cell_\d+):\d+:\d+/, "a cell"))]
    .map((line) => relativeTo(root, line));
}
