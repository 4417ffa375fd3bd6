/** The name of an evaluation's script, which its stack frames carry. */
export function scriptName(n: number): string {
  return `cell_${n}`;
}

/** The global in which the kernel finds its side of the host, until it has taken it. */
export const KERNEL_HOST = "__boathouseKernel";
