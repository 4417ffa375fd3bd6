/** What knows the types of a notebook's cells. */
export interface Language extends AsyncDisposable {
  /** A cell ran and is part of the notebook now. */
  ran(cellId: string, source: string): void;
  complete(source: string, offset: number): Promise<{ start: number; end: number; items: Completion[] }>;
  inspect(source: string, offset: number): Promise<{ markdown: string; plain: string } | null>;
  diagnose(cellId: string, source: string): Promise<TypeProblem[]>;
  /** Whether its server runs. */
  readonly started: boolean;
}

/** One way to go on at a cursor. */
export interface Completion {
  text: string;
  kind: string;
  detail?: string;
}

/** Something that the type checker found; lines and columns from 1. */
export interface TypeProblem {
  severity: "error" | "warning" | "hint";
  message: string;
  line: number;
  column: number;
  code?: number | string;
}
