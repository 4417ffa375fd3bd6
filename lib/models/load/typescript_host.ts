import type { Json } from "../../events/mod.ts";

/** Code of a model, bundled. */
export interface TypescriptCode {
  /** Names it. */
  hash: string;
  /** One ES module without imports; its default export is called with a list of rows. */
  code: string;
  /** Most milliseconds of a call. */
  budgetMs: number;
  /** Most bytes by which a call may make its process grow. */
  memoryBytes: number;
}

/** Code that answers. */
export interface OpenedTypescript extends AsyncDisposable {
  /** Answers rows; rejects when the code throws, takes too long or too much, or ends its process. */
  call(rows: Json): Promise<Json>;
}

/** Who bundles and runs the code of models: what that takes lies above models. */
export interface TypescriptHost {
  /** Bundles TypeScript that exports `predict`; gives the integrity of each package in it by `name@version` too. */
  bundle(source: string, name: string): Promise<{ code: string; packages: Record<string, string | null> }>;
  /** Runs a bundle without any permission; the same rows get the same answers. */
  open(code: TypescriptCode): Promise<OpenedTypescript>;
}
