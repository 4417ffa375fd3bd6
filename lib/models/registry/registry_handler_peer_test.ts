import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { openStore } from "../../store/mod.ts";
import { buildOnnx } from "../onnx/build_onnx.ts";
import { openModels } from "../models.ts";
import { registryHandler } from "./registry_handler.ts";

/** Goes through MLflow's own client as a data scientist would, and prints what it saw. */
const PROGRAM = `
import json, os, sys, tempfile
os.environ["MLFLOW_DISABLE_TELEMETRY"] = os.environ["DO_NOT_TRACK"] = "true"
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException
uri = sys.argv[1]
client, seen = MlflowClient(uri, uri), {}

def refused(call):
    try:
        call()
    except MlflowException as error:
        return error.error_code

experiment = client.create_experiment("py", tags={"a": "b"})
seen["experiment"] = [client.get_experiment_by_name("py").tags, client.get_experiment_by_name("none")]
seen["experiments"] = sorted(e.name for e in client.search_experiments())
seen["twice"] = refused(lambda: client.create_experiment("py"))
run = client.create_run(experiment, run_name="r").info.run_id
client.log_batch(run, [Metric("rmse", 2.5, 1, 0), Metric("rmse", 1.5, 2, 1), Metric("nan", float("nan"), 1, 0)], [Param("p", "1")], [RunTag("t", "v")])
client.log_metric(run, "mae", 3.0)
client.log_param(run, "q", 7)
seen["changed"] = refused(lambda: client.log_param(run, "q", 8))
client.log_text(run, "hello", "folder/a b.txt")
client.set_terminated(run)
data = client.get_run(run)
seen["run"] = [data.info.status, data.info.run_name, data.data.metrics["rmse"], data.data.metrics["mae"], str(data.data.metrics["nan"]), data.data.params, data.data.tags["t"]]
seen["runs"] = [r.info.run_id == run for r in client.search_runs([experiment])]
seen["artifacts"] = [[f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run, "folder")]
with tempfile.TemporaryDirectory() as folder:
    seen["text"] = open(client.download_artifacts(run, "folder/a b.txt", folder)).read()
client.create_registered_model("theirs")
version = client.create_model_version("theirs", f"mlflow-artifacts:/{experiment}/{run}/artifacts/folder", run, tags={"k": "v"})
seen["version"] = [version.version, version.status, version.tags]
client.set_model_version_tag("theirs", "1", "k", "w")
client.update_model_version("theirs", "1", "words")
client.set_registered_model_alias("theirs", "best", "1")
found = client.get_model_version_by_alias("theirs", "best")
seen["alias"] = [found.version, found.description, found.tags, list(found.aliases)]
client.delete_registered_model_alias("theirs", "best")
seen["unknown"] = [refused(lambda: client.get_model_version("theirs", "9")), refused(lambda: client.get_registered_model("none"))]
seen["models"] = [m.name for m in client.search_registered_models()]
ours = client.get_model_version_by_alias("delay", "champion")
seen["ours"] = [ours.version, client.get_run(ours.run_id).data.metrics]
with tempfile.TemporaryDirectory() as folder:
    path = client.download_artifacts(ours.run_id, "model", folder)
    seen["files"] = sorted(f.path for f in client.list_artifacts(ours.run_id, "model"))
    seen["mlmodel"] = "loader_module: mlflow.onnx" in open(path + "/MLmodel").read()
seen["versions"] = [v.version for v in client.search_model_versions("name='delay'")]
print(json.dumps(seen))
`;

const EXPECTED = {
  experiment: [{ a: "b" }, null],
  experiments: ["Default", "delay", "py"],
  twice: "RESOURCE_ALREADY_EXISTS",
  changed: "INVALID_PARAMETER_VALUE",
  run: ["FINISHED", "r", 1.5, 3, "nan", { p: "1", q: "7" }, "v"],
  runs: [true],
  artifacts: [["folder/a b.txt", false, 5]],
  text: "hello",
  version: ["1", "READY", { k: "v" }],
  alias: ["1", "words", { k: "w" }, ["best"]],
  unknown: ["RESOURCE_DOES_NOT_EXIST", "RESOURCE_DOES_NOT_EXIST"],
  models: ["delay", "theirs"],
  ours: ["1", { rmse: 27.5 }],
  files: ["model/MLmodel", "model/input_example.json", "model/model.onnx"],
  mlmodel: true,
  versions: ["1"],
};

test("registryHandler() serves MLflow's own Python client", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("mlflow-client", ["mlflow-skinny==3.17.0"]));
  const dir = Deno.makeTempDirSync();
  const store = await openStore({ kind: "directory", dir });
  await using models = await openModels({ store, dir });
  const onnx = buildOnnx({ intercept: 1, slopes: { km: 2 } });
  await models.log("delay", { onnx, example: { km: 1 }, metrics: { rmse: 27.5 } });
  await models.setAlias("delay", "champion", "1");
  await using handler = registryHandler({ store, dir });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  const seen = await runPython(python, PROGRAM, [`http://127.0.0.1:${server.addr.port}`]);
  expect(JSON.parse(seen.trim().split("\n").at(-1)!)).toEqual(EXPECTED);
}, 300_000);
