import { stringify } from "yaml";
import { z } from "zod";
import { readYaml } from "../config/mod.ts";
import { canonicalJson, sha256 } from "../events/mod.ts";
import type { InputRead } from "../lake/mod.ts";
import type { Beside } from "./load/external_data.ts";
import { type FlavourName, flavourOf, FLAVOURS } from "./load/flavours.ts";
import { type ModelSignature, readSignature, writeSignature } from "./signature.ts";

/** Name of the example beside MLmodel. */
export const EXAMPLE_FILE = "input_example.json";

/** What an MLmodel file says of a model. */
export interface MlModel {
  /** Kind of model. */
  flavour: FlavourName;
  /** What the flavour's entry says beside its artefact. */
  settings: Record<string, unknown>;
  /** Artefact, relative to MLmodel; null where the flavour has none. */
  data: string | null;
  /** What the model takes and gives. */
  signature: ModelSignature;
  /** Statistics of the training rows, by name. */
  reference: Record<string, number>;
  /** What the run had read when the model was logged. */
  inputs: InputRead[];
  /** Notebook that logged it. */
  notebook?: string;
  /** Cell that logged it. */
  cell?: string;
}

/** What a model is made of beside its MLmodel. */
export interface ModelBytes {
  /** The artefact; none where its flavour has none. */
  data: Uint8Array;
  /** Files beside the artefact that it names. */
  beside?: Beside;
}

const ours = z.looseObject({
  reference: z.record(z.string(), z.number()).default({}),
  inputs: z.array(z.custom<InputRead>((value) => typeof value === "object" && value !== null)).default([]),
  notebook: z.string().optional(),
  cell: z.string().optional(),
});

const shape = z.looseObject({
  flavors: z.record(z.string(), z.looseObject({ data: z.string().optional(), loader_module: z.string().optional() })),
  signature: z.looseObject({ inputs: z.string().nullish(), outputs: z.string().nullish() }).nullish(),
  metadata: z.looseObject({ boathouse: ours.optional() }).nullish(),
});

/**
 * Writes an MLmodel file (mlflow/models/model.py).
 *
 * @param model what the file says
 * @param run the run that the model is logged to, and when
 * @returns YAML
 */
export function writeMlModel(model: MlModel, run: { id: string; startMs: number }): string {
  const { flavour, settings, signature, reference, inputs, notebook, cell } = model;
  const { entry, loaderModule } = flavourOf(flavour);
  const data = model.data === null ? {} : { data: model.data };
  return stringify({
    artifact_path: "model",
    flavors: {
      [flavour]: { code: null, ...data, ...entry, ...settings },
      ...(loaderModule === null ? {} : { python_function: { ...data, loader_module: loaderModule } }),
    },
    metadata: { boathouse: JSON.parse(JSON.stringify({ reference, inputs, notebook, cell })) },
    model_size_bytes: null,
    model_uuid: run.id,
    run_id: run.id,
    saved_input_example_info: { artifact_path: EXAMPLE_FILE, pandas_orient: "split", type: "dataframe" },
    signature: writeSignature(signature),
    utc_time_created: new Date(run.startMs).toISOString().replace("T", " ").replace("Z", ""),
  });
}

/**
 * Reads an MLmodel file.
 *
 * @param text YAML
 * @param label what is read, for messages: `flight-delay@1`
 * @returns what it says
 * @throws {SyntaxError | TypeError} when it is malformed, has no signature, or no flavour that this version runs
 */
export function readMlModel(text: string, label: string): MlModel {
  const { flavors, signature, metadata } = readYaml(text, `${label}/MLmodel`, shape, "MLmodel");
  const flavour = (Object.keys(FLAVOURS) as FlavourName[]).find((name) => Object.hasOwn(flavors, name));
  if (flavour === undefined) throw refuseFlavours(flavors, label);
  checkLoader(flavour, flavors.python_function?.loader_module, label);
  const { data = null, ...entry } = flavors[flavour]!;
  checkPath(flavour, data, label);
  const { reference, inputs, notebook, cell } = metadata?.boathouse ?? ours.parse({});
  return {
    flavour,
    settings: readSettings(flavour, entry, label),
    data,
    signature: readSignature(signature, label),
    reference,
    inputs,
    ...(notebook === undefined ? {} : { notebook }),
    ...(cell === undefined ? {} : { cell }),
  };
}

/**
 * Names the content of a model: its artefact, what it takes and gives, and what it is judged against.
 *
 * @param model what MLmodel says
 * @param bytes artefact, and the files beside it
 * @returns SHA-256, 64 hexadecimal digits
 */
export function digestOf(
  { flavour, settings, signature, reference }: Pick<MlModel, "flavour" | "settings" | "signature" | "reference">,
  { data, beside = new Map() }: ModelBytes,
): string {
  const given = {
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(beside.size === 0
      ? {}
      : { beside: Object.fromEntries([...beside].map(([name, file]) => [name, sha256(file)])) }),
  };
  return sha256(canonicalJson({ flavor: flavour, data: sha256(data), signature, reference, ...given }));
}

function readSettings(flavour: FlavourName, entry: unknown, label: string): Record<string, unknown> {
  const { success, data, error } = flavourOf(flavour).settings.safeParse(entry);
  if (success) return data;
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw new TypeError(
    `Cannot load "${label}" as "${path.join(".")}" of its ${flavour} flavour must be as it was logged: ${message}; ` +
      "log the model again",
  );
}

/** Python's MLflow runs what python_function names: where that is something else, the two may answer otherwise. */
function checkLoader(flavour: FlavourName, found: string | undefined, label: string): void {
  const { loaderModule } = flavourOf(flavour);
  if (found === undefined || found === loaderModule) return;
  throw new TypeError(
    `Cannot load "${label}" as the loader_module of its python_function must be ${loaderModule ?? "left out"}: got ` +
      `${found}, whose Python may answer otherwise than the ${flavour}; log the ${flavour} alone` +
      (flavour === "onnx" ? " (mlflow.onnx.log_model)" : ""),
  );
}

/** Only what lies beside MLmodel is a model's own: `..` would reach the artefacts of others. */
function checkPath(flavour: FlavourName, data: string | null, label: string): void {
  if (data === null && flavourOf(flavour).file === null) return;
  const isScheme = /^[a-z][a-z0-9+.-]*:/i.test(data ?? "");
  if (
    data !== null && !isScheme && !data.includes("\\") &&
    data.split("/").every((part) => !["", ".", ".."].includes(part))
  ) return;
  throw new TypeError(
    `Cannot load "${label}" as the data of its ${flavour} flavour must be a path below MLmodel: got "${data ?? ""}"; ` +
      "log the model again",
  );
}

/** How Python brings a flavour of its own to ONNX. */
const CONVERT: Readonly<Record<string, string>> = {
  sklearn: "skl2onnx.to_onnx(model, rows)",
  xgboost: "onnxmltools.convert_xgboost(model, initial_types=...)",
  lightgbm: "onnxmltools.convert_lightgbm(model, initial_types=...)",
  catboost: 'model.save_model(path, format="onnx")',
  pytorch: 'torch.onnx.export(model, (rows,), "model.onnx", input_names=["x"], dynamic_axes={"x": {0: "N"}})',
  tensorflow: "python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
  keras: 'model.export("model.onnx", format="onnx")',
  spark: "onnxmltools.convert_sparkml(model, initial_types=..., spark_session=spark)",
};

/** Flavours whose artefact is a pickle: whoever loads one runs what it holds. */
const PICKLED = ["sklearn", "pytorch", "python_function"];

function refuseFlavours(flavors: z.output<typeof shape>["flavors"], label: string): TypeError {
  const names = Object.keys(flavors).filter((name) => name !== "python_function");
  const module = flavors.python_function?.loader_module;
  const [first = module ? "python_function" : "none"] = names;
  const found = names.join(", ") || (module ? `python_function of ${module}` : "none");
  const known = names.find((name) => Object.hasOwn(CONVERT, name));
  const how = known === undefined ? "the ONNX exporter of its framework" : CONVERT[known];
  const why = first === "none"
    ? "log it with mlflow.onnx.log_model"
    : `which ${PICKLED.includes(known ?? first) ? "is pickled Python" : "Python alone runs"}; convert it there with ` +
      `${how}, and log that with mlflow.onnx.log_model`;
  return new TypeError(
    `Cannot load "${label}" as its flavour must be ${Object.keys(FLAVOURS).join(" or ")}: got ${found}, ${why}`,
  );
}
