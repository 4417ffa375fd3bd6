import { stringify } from "yaml";
import { z } from "zod";
import { readYaml } from "../config/mod.ts";
import { canonicalJson, sha256 } from "../events/mod.ts";
import type { InputRead } from "../lake/mod.ts";
import { type ModelSignature, readSignature, writeSignature } from "./signature.ts";

/** Name of the artefact beside MLmodel. */
export const ONNX_FILE = "model.onnx";
/** Name of the example beside MLmodel. */
export const EXAMPLE_FILE = "input_example.json";

/** What Python's MLflow loads the onnx flavour with. */
const ONNX_MODULE = "mlflow.onnx";

/** Flavours of ours that a later version runs. */
const LATER = ["typescript_function", "lookup", "oip"];

/** What an MLmodel file says of an ONNX model. */
export interface MlModel {
  /** Artefact, relative to MLmodel. */
  data: string;
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
 * Writes an MLmodel file of the onnx flavour (mlflow/models/model.py).
 *
 * @param model what the file says
 * @param run the run that the model is logged to, and when
 * @returns YAML
 */
export function writeMlModel(model: MlModel, run: { id: string; startMs: number }): string {
  const { data, signature, reference, inputs, notebook, cell } = model;
  return stringify({
    artifact_path: "model",
    flavors: {
      onnx: { code: null, data, providers: ["CPUExecutionProvider"] },
      python_function: { data, loader_module: ONNX_MODULE },
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
  const data = flavors.onnx?.data;
  if (data === undefined) throw refuseFlavours(flavors, label);
  const module = flavors.python_function?.loader_module;
  if (module !== undefined && module !== ONNX_MODULE) {
    throw new TypeError(
      `Cannot load "${label}" as the loader_module of its python_function must be ${ONNX_MODULE}: got ${module}, ` +
        "whose Python may answer otherwise than the ONNX; log the ONNX alone (mlflow.onnx.log_model)",
    );
  }
  checkPath(data, label);
  const { reference, inputs, notebook, cell } = metadata?.boathouse ?? ours.parse({});
  return {
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
 * @param onnx bytes of the artefact
 * @returns SHA-256, 64 hexadecimal digits
 */
export function digestOf({ signature, reference }: Pick<MlModel, "signature" | "reference">, onnx: Uint8Array): string {
  return sha256(canonicalJson({ flavor: "onnx", data: sha256(onnx), signature, reference }));
}

/** Only what lies beside MLmodel is a model's own: `..` would reach the artefacts of others. */
function checkPath(data: string, label: string): void {
  const isScheme = /^[a-z][a-z0-9+.-]*:/i.test(data);
  if (!isScheme && !data.includes("\\") && data.split("/").every((part) => !["", ".", ".."].includes(part))) return;
  throw new TypeError(
    `Cannot load "${label}" as the data of its onnx flavour must be a path below MLmodel: got "${data}"; ` +
      "log the model again",
  );
}

/** How Python brings a pickled flavour to ONNX; what is not here, by the converters of its framework. */
const CONVERT: Readonly<Record<string, string>> = {
  sklearn: "skl2onnx.to_onnx(model, rows)",
  xgboost: "onnxmltools.convert_xgboost(model, initial_types=...)",
  lightgbm: "onnxmltools.convert_lightgbm(model, initial_types=...)",
  pytorch: "torch.onnx.export(model, example)",
  catboost: 'model.save_model(path, format="onnx")',
};

function refuseFlavours(flavors: z.output<typeof shape>["flavors"], label: string): TypeError {
  const names = Object.keys(flavors).filter((name) => name !== "python_function");
  const module = flavors.python_function?.loader_module;
  const found = names.join(", ") || (module ? `python_function of ${module}` : "none");
  const why = names.some((name) => LATER.includes(name))
    ? "which is not in this version"
    : `which is pickled Python; convert it there with ${
      CONVERT[names.find((name) => Object.hasOwn(CONVERT, name)) ?? "sklearn"]
    }, and log that with mlflow.onnx.log_model`;
  return new TypeError(`Cannot load "${label}" as its flavour must be onnx: got ${found}, ${why}`);
}
