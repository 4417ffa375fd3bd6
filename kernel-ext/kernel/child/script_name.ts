/** The name of an evaluation's script, which its stack frames carry. */
export function scriptName(n: number): string {
  return `cell_${n}`;
}
