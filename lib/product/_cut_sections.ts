/** A part of a document whose blocks may be left out where there is no room. */
export interface Section {
  /** Its heading in Markdown; empty without one. */
  title: string;
  /** What stands above its blocks, such as the head of a table; empty without it. */
  head: string;
  /** Its blocks, the most important first. */
  blocks: string[];
  /** What stands between blocks. */
  between: string;
  /** What one block is: `finding`. */
  what: string;
}

/** Takes the sections that fit, the first ones first; whatever is left out is counted. */
export function cutSections(
  sections: readonly Section[],
  room: number,
): { texts: string[]; left: { what: string; count: number; of: number }[] } {
  let free = room;
  const left: { what: string; count: number; of: number }[] = [];
  const texts = sections.flatMap(({ title, head, blocks, between, what }) => {
    const start = [title, head].filter((part) => part !== "").join("\n\n");
    const taken: string[] = [];
    for (const block of blocks) {
      const cost = block.length + between.length + (taken.length === 0 ? start.length + 4 : 0);
      if (cost > free) continue;
      free -= cost;
      taken.push(block);
    }
    if (taken.length < blocks.length) left.push({ what, count: blocks.length - taken.length, of: blocks.length });
    if (taken.length === 0) return [];
    return [start + (start === "" ? "" : head === "" ? "\n\n" : between) + taken.join(between)];
  });
  return { texts, left };
}
