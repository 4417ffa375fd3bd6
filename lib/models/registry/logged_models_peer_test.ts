import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { openStore } from "../../store/mod.ts";
import { openModels } from "../models.ts";
import { registryHandler } from "./registry_handler.ts";

const PACKAGES = ["mlflow==3.17.0", "scikit-learn==1.7.2", "skl2onnx==1.20.0", "onnxruntime==1.32.0"];

/** Logs and registers a model as MLflow 3's guides say, reads it back, and looks at what was kept of it. */
const PROGRAM = `
import json, os, sys
os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"
import mlflow, mlflow.onnx, numpy, pandas
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from skl2onnx import to_onnx
from sklearn.linear_model import LinearRegression
mlflow.set_tracking_uri(sys.argv[1])
random = numpy.random.default_rng(7)
rows = pandas.DataFrame({c: random.normal(size=100).astype("float32").astype(float) for c in ["km", "hour"]})
late = rows @ [2.0, -1.0] + 3
model = LinearRegression().fit(rows.to_numpy(), late)
onnx = to_onnx(model, numpy.zeros((1, 2), dtype="float32"))
mlflow.set_experiment("py")
with mlflow.start_run() as run:
    info = mlflow.onnx.log_model(onnx, name="model", registered_model_name="late",
      signature=infer_signature(rows, late), input_example=rows.head(2), pip_requirements=["onnx"], params={"c": "1"}, tags={"team": "ops"})
    mlflow.log_metric("rmse", 0.5, model_id=info.model_id)
client, id, seen = MlflowClient(), info.model_id, {}
mlflow.onnx.load_model("models:/late/1")
answers = mlflow.pyfunc.load_model("models:/late/1").predict(rows)
by_id = mlflow.pyfunc.load_model(f"models:/{id}").predict(rows)
seen["same"] = answers.equals(by_id)
found = client.get_logged_model(id)
seen["model"] = [found.name, str(found.status), found.params, found.tags.get("team"), [m.value for m in found.metrics], found.source_run_id == run.info.run_id]
seen["outputs"] = [o.model_id == id for o in client.get_run(run.info.run_id).outputs.model_outputs]
seen["version"] = client.get_model_version("late", "1").source == f"models:/{id}"
client.set_logged_model_tags(id, {"a": "1", "b": "2"})
client.delete_logged_model_tag(id, "a")
client.log_model_params(id, {"d": "2"})
found = client.get_logged_model(id)
seen["changed"] = [found.tags.get("a"), found.tags["b"], found.params]
failed = client.create_logged_model(found.experiment_id, "other")
client.finalize_logged_model(failed.model_id, "FAILED")
search = lambda f, **more: [m.name for m in client.search_logged_models([found.experiment_id], f, **more)]
seen["search"] = [search("name = 'model'"), search("params.d = '2' and tags.b = '2'"), search("metrics.rmse < 1"), search("status = 'FAILED'")]
ordered = lambda up: search(None, order_by=[{"field_name": "name", "ascending": up}])
seen["ordered"] = [ordered(True), ordered(False)]
first = client.search_logged_models([found.experiment_id], max_results=1, order_by=[{"field_name": "name"}])
seen["pages"] = [first[0].name, search(None, max_results=1, order_by=[{"field_name": "name"}], page_token=first.token)]
client.delete_logged_model(failed.model_id)
try:
    client.get_logged_model(failed.model_id)
except MlflowException as error:
    seen["deleted"] = error.error_code
seen["files"] = sorted(f.path for f in client.list_logged_model_artifacts(id))
seen["left"] = search(None)
print(json.dumps({"seen": seen, "rows": rows.to_dict("records"), "expected": answers["variable"].tolist()}), flush=True)
os._exit(0)
`;

const EXPECTED = {
  same: true,
  model: ["model", "READY", { c: "1" }, "ops", [0.5], true],
  outputs: [true],
  version: true,
  changed: [null, "2", { c: "1", d: "2" }],
  search: [["model"], ["model"], ["model"], ["other"]],
  ordered: [["model", "other"], ["other", "model"]],
  pages: ["model", ["other"]],
  deleted: "RESOURCE_DOES_NOT_EXIST",
  left: ["model"],
};

test("what MLflow 3's log_model writes to the embedded registry answers here as in Python", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("sklearn-onnx", PACKAGES));
  const dir = Deno.makeTempDirSync();
  const given = { store: await openStore({ kind: "directory", dir }), dir };
  await using handler = registryHandler(given);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const printed = await runPython(python, PROGRAM, [`http://127.0.0.1:${server.addr.port}`]);
  const { seen, rows, expected } = JSON.parse(printed.trim().split("\n").at(-1)!);
  expect(seen).toMatchObject(EXPECTED);
  expect(seen.files).toEqual(expect.arrayContaining(["MLmodel", "input_example.json", "model.onnx"]));

  await using models = await openModels(given);
  const answers = await (await models.load("late@1")).predict(rows);
  expect(answers).toHaveLength(expected.length);
  expect(Math.max(...answers.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-6);
}, 300_000);
