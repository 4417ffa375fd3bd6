/** A piece of a report. */
export interface Block {
  /** Id of its cell. */
  cell: string;
  text: string;
  /** Set for code, which is folded: the label that stands on the fold, or "". */
  code?: string;
}

/**
 * Folds the code of a report: pieces of code that follow one another go into one fold, also over pieces without a text.
 *
 * @param blocks The pieces in order.
 * @param foldOf Writes one fold.
 * @returns The texts in order.
 */
export function foldCode(blocks: Block[], foldOf: (code: Block[]) => string): string[] {
  const texts: string[] = [];
  let code: Block[] = [];
  const close = () => {
    if (code.length > 0) texts.push(foldOf(code));
    code = [];
  };
  for (const block of blocks) {
    if (block.code !== undefined) code.push(block);
    else if (block.text !== "") {
      close();
      texts.push(block.text);
    }
  }
  close();
  return texts;
}

/** What stands on a fold: the labels of its cells. */
export function foldTitle(code: Block[]): string {
  const labels = code.flatMap((block) => block.code ? [block.code.slice(0, 80)] : []);
  return labels.length === 0 ? "Code" : `Code: ${labels.join(", ")}`;
}
