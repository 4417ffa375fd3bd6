/** One frame of a stack, as V8 hands it over. */
interface Frame {
  getScriptNameOrSourceURL(): string | null;
}

/**
 * Finds whose code called: the nearest frame that is neither the runtime's nor a package's.
 *
 * @returns `author` for cells and local modules, `library` for Boathouse, `runtime` where Deno calls for itself, and
 *   `package` where nobody else is on the stack.
 */
export function callerOf(): "author" | "library" | "runtime" | "package" {
  const scripts = frames().map((frame) => frame.getScriptNameOrSourceURL() ?? "").filter((name) =>
    !name.startsWith(OWN)
  );
  if (isRuntime(scripts[0] ?? "")) return "runtime";
  const script = scripts.find((name) => name !== "" && !isRuntime(name) && !isPackage(name));
  if (script === undefined) return "package";
  return LIBRARY.some((folder) => script.startsWith(folder)) ? "library" : "author";
}

const INSTALLATION = new URL("../../../", import.meta.url).href;
const LIBRARY = [`${INSTALLATION}lib/`, `${INSTALLATION}server/`];
const OWN = new URL(".", import.meta.url).href;

function isRuntime(script: string): boolean {
  return /^(ext|node):/.test(script);
}

function isPackage(script: string): boolean {
  return /^(https?|jsr|npm):|\/node_modules\/|\/npm\/registry\./.test(script);
}

/** Frames behind an await count too, as long as V8 knows who waits. */
function frames(): readonly Frame[] {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = DEPTH;
  Error.prepareStackTrace = (_, sites) => sites;
  try {
    const found = {} as { stack: readonly Frame[] };
    Error.captureStackTrace(found, callerOf);
    return found.stack;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace!;
  }
}

/** Packages may call deep into themselves before they read something. */
const DEPTH = 100;
