const ENCODER = new TextEncoder();

/** Nobody reads standard output any more, as in `boathouse bus tail rides | head -1`: an end, not a failure. */
export class ClosedOutput extends Error {
  override name = "ClosedOutput";
}

/**
 * Prints text on standard output, waiting for whoever reads it.
 *
 * @param text what to print
 * @throws {ClosedOutput} when the reader is gone
 */
export async function print(text: string): Promise<void> {
  let bytes = ENCODER.encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(await Deno.stdout.write(bytes));
  } catch (cause) {
    if (cause instanceof Deno.errors.BrokenPipe) throw new ClosedOutput("standard output is closed", { cause });
    throw cause;
  }
}

/**
 * Says a line on standard error.
 *
 * @param line what to say
 */
export function say(line: string): void {
  Deno.stderr.writeSync(ENCODER.encode(`${line}\n`));
}

/**
 * Tells how much room a line has.
 *
 * @returns characters; Infinity where standard output is no terminal
 */
export function lineWidth(): number {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : Infinity;
}
