/** What was not kept of what a cell shows. */
export interface Dropped {
  /** Bytes of text. */
  bytes: number;
  displays: number;
}

/** Says, where it happens, that a cell has used up the bytes that it may show. */
export function cutText(capBytes: number): string {
  return `Output of this cell was cut at ${capBytes.toLocaleString("en")} bytes\n`;
}

/** Says at the end of a cell how much was not kept. */
export function droppedText({ bytes, displays }: Dropped): string {
  const text = bytes === 0 ? [] : [`${bytes.toLocaleString("en")} bytes of text`];
  const shown = displays === 0 ? [] : [`${displays.toLocaleString("en")} display${displays === 1 ? "" : "s"}`];
  return `Dropped: ${[...text, ...shown].join(" and ")}\n`;
}
