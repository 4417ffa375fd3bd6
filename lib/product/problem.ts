/** One thing that must be documented and is not. */
export interface Problem {
  /** File, relative to the workbench's folder. */
  file: string;
  /** Line, from 1; 0 for the whole file. */
  line: number;
  /** What is wrong, and the way out. */
  what: string;
}
