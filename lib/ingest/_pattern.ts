const CLASS = String
  .raw`\[\^?(?:(?:[A-Za-z0-9 _,;:=@#%&!<>~/.+*?|$(){}]|\\[dw.\-/])(?:-(?=[A-Za-z0-9])[A-Za-z0-9])?)+-?\]`;
const ATOM = String.raw`(?:[A-Za-z0-9 _,;:=@#%&!<>~/-]|\\[dw.+*?|$^(){}\[\]/\\]|${CLASS}|\(\?:|\(|\)|\|)`;
const REPEAT = String.raw`(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})?`;
const PLAIN = new RegExp(`^\\^?(?:${ATOM}${REPEAT})*\\$?$`);

/**
 * Tells whether a regular expression means the same to JavaScript and to RE2, which DuckDB uses.
 *
 * @param pattern The `pattern` of a schema.
 * @returns true for plain characters, ASCII classes, \d, \w, groups, alternatives and repeats, anchored at most at its ends.
 */
export function isPlainPattern(pattern: string): boolean {
  return PLAIN.test(pattern) && !isAmbiguous(pattern);
}

// `^a|b$` anchors each alternative on its own in both, but a bare repeat of a group's start is an error in one of them.
function isAmbiguous(pattern: string): boolean {
  if (/\(\?:[*+?{]|\([*+?{]|\|[*+?{]|^\^?[*+?{]/.test(pattern)) return true;
  try {
    new RegExp(pattern, "u");
    return false;
  } catch (cause) {
    if (cause instanceof SyntaxError) return true;
    throw cause;
  }
}

const GLOB_CLASS = String.raw`\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\]`;
const GLOB_PART = new RegExp(String.raw`(${GLOB_CLASS}|\\d|\\[./-]|[A-Za-z0-9 _,:/-])(?:\{(\d\d?)\})?`, "y");

/**
 * Writes a plain pattern as one of GLOB, which DuckDB matches several times as fast.
 *
 * @param pattern A pattern that isPlainPattern accepts.
 * @returns The pattern of GLOB that matches the same texts; null unless it is anchored at both ends and of fixed length,
 * of plain characters and ASCII classes.
 */
export function globOf(pattern: string): string | null {
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) return null;
  const body = pattern.slice(1, -1);
  let glob = "";
  for (GLOB_PART.lastIndex = 0; GLOB_PART.lastIndex < body.length;) {
    const part = GLOB_PART.exec(body);
    if (part === null) return null;
    const [, atom, times = "1"] = part;
    glob += (atom === "\\d" ? "[0-9]" : atom!.replace(/^\\/, "")).repeat(Number(times));
  }
  return glob;
}
