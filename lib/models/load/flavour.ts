import type { z } from "zod";
import type { Beside } from "./external_data.ts";
import type { ModelSignature } from "../signature.ts";
import type { PredictInput } from "./feeds.ts";
import type { TypescriptHost } from "./typescript_host.ts";

/** What a model is opened from. */
export interface FlavourParts {
  /** What is opened, for messages: `flight-delay@1`. */
  label: string;
  /** What MLmodel says that it takes and gives. */
  signature: ModelSignature;
  /** What the flavour's entry in MLmodel says beside `data`, as its `settings` have read it. */
  settings: Readonly<Record<string, unknown>>;
  /** Bytes of the artefact; none where the flavour has no artefact. */
  data: Uint8Array;
  /** Files beside the artefact that it names, where there are any. */
  beside?: Beside | undefined;
  /** SHA-256 of the content: names what is kept of it on this machine. */
  digest: string;
  /** Folder of this machine for what is made of artefacts. */
  dir: string;
  /** Who runs the code of models; nobody where this process has no sandbox. */
  typescript?: TypescriptHost | undefined;
}

/** How rows are answered. */
export interface PredictOptions {
  /** Ends the wait for a model that answers elsewhere; the reason is thrown. */
  signal?: AbortSignal | undefined;
}

/** A model that answers. */
export interface OpenedModel extends AsyncDisposable {
  /** What it takes and gives: that of MLmodel, with what MLmodel leaves open. */
  readonly signature: ModelSignature;
  /** Memory that it holds, about, bytes. */
  readonly bytes: number;
  /**
   * Answers each row, in order: of one output a value per row, of several a record per row. Messages name the model by
   * `label`: the same content may be there under several names.
   */
  predict(input: PredictInput, label: string, options?: PredictOptions): Promise<unknown[]>;
}

/** One kind of model: how MLmodel describes it, and how it is opened. */
export interface Flavour {
  /** What its entry in MLmodel always says, so that Python's MLflow reads it. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Module that Python's MLflow loads it with; null where Python has none. */
  readonly loaderModule: string | null;
  /** Name of its artefact beside MLmodel; null where it has none. */
  readonly file: string | null;
  /** Reads what else its entry says; it is part of the content. */
  readonly settings: z.ZodType<Record<string, unknown>>;
  /** Names the files beside an artefact that belong to it, and the bytes that each must have at least. */
  findBeside?(data: Uint8Array): ReadonlyMap<string, number>;
  /**
   * Opens a model.
   *
   * @param parts what it is opened from, checked by its digest
   * @returns the model; dispose of it to free its memory
   * @throws {TypeError} when the parts are not of this flavour, or do not fit each other
   */
  open(parts: FlavourParts): Promise<OpenedModel>;
}
