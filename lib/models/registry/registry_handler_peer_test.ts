import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { useMlflow } from "../../../_tools/peers/use_mlflow.ts";
import { openStore } from "../../store/mod.ts";
import { buildOnnx } from "../onnx/build_onnx.ts";
import { type ModelsOptions, openModels } from "../models.ts";
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
other = client.create_run(experiment, run_name="s", tags={"kind": "x"}).info.run_id
client.log_batch(other, [Metric("rmse", v, 1, s) for s, v in enumerate([4.0, 3.0])], [Param("p", "2")])
name = lambda runs: [r.info.run_name for r in runs]
seen["found"] = [name(client.search_runs([experiment], f, order_by=["metrics.rmse DESC"])) for f in ("metrics.rmse < 2", "params.p LIKE '_'", "tags.kind = 'x'", "attributes.run_name != 'r' and metrics.rmse >= 3")]
seen["malformed"] = [refused(lambda: client.search_runs([experiment], f)) for f in ("metrics.rmse >", "nope = 'x'", "params.p > 'x'")]
pages, token = [], None
while True:
    page = client.search_runs([experiment], max_results=1, order_by=["attributes.run_name ASC"], page_token=token)
    pages.append(name(page))
    token = page.token
    if not token:
        break
seen["pages"] = pages
seen["history"] = [[m.step, m.value] for m in client.get_metric_history(other, "rmse")]
client.delete_tag(other, "kind")
client.delete_run(other)
seen["deleted"] = [name(client.search_runs([experiment], run_view_type=v)) for v in (1, 2)]
client.restore_run(other)
client.update_run(other, "FAILED", "renamed")
seen["renamed"] = [client.get_run(other).info.status, client.get_run(other).info.run_name]
with tempfile.TemporaryDirectory() as folder:
    os.makedirs(folder + "/in/deep")
    for path in ("a.txt", "deep/b.txt"):
        open(folder + "/in/" + path, "w").write(path)
    client.log_artifacts(other, folder + "/in", "tree")
    out = client.download_artifacts(other, "tree", folder)
    seen["tree"] = [open(out + "/deep/b.txt").read(), [f.path for f in client.list_artifacts(other, "tree")]]
client.set_experiment_tag(experiment, "k", "v")
client.rename_experiment(experiment, "py2")
client.delete_experiment(experiment)
seen["experiment gone"] = [e.name for e in client.search_experiments(view_type=2, filter_string="tags.k = 'v'")]
client.restore_experiment(experiment)
client.set_registered_model_tag("theirs", "t", "1")
client.update_registered_model("theirs", "what for")
client.rename_registered_model("theirs", "mine")
mine = client.get_registered_model("mine")
seen["mine"] = [mine.description, mine.tags, [v.version for v in mine.latest_versions]]
seen["models by"] = [[m.name for m in client.search_registered_models(f, order_by=["name DESC"])] for f in ("name LIKE 'm%'", "tags.t = '1'", "name ILIKE 'DEL%'")]
seen["latest"] = client.get_model_version_by_alias("mine", "latest").version
client.delete_model_version_tag("mine", "1", "k")
client.delete_model_version("mine", "1")
seen["version gone"] = refused(lambda: client.get_model_version("mine", "1"))
client.delete_registered_model_tag("mine", "t")
client.delete_registered_model("mine")
seen["model gone"] = [m.name for m in client.search_registered_models()]
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
  found: [["r"], ["s", "r"], ["s"], ["s"]],
  malformed: ["INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE", "INVALID_PARAMETER_VALUE"],
  pages: [["r"], ["s"]],
  history: [[0, 4], [1, 3]],
  deleted: [["r"], ["s"]],
  renamed: ["FAILED", "renamed"],
  tree: ["deep/b.txt", ["tree/a.txt", "tree/deep"]],
  "experiment gone": ["py2"],
  mine: ["what for", { t: "1" }, ["1"]],
  "models by": [["mine"], ["mine"], ["delay"]],
  latest: "1",
  "version gone": "RESOURCE_DOES_NOT_EXIST",
  "model gone": ["delay"],
};

const python = () => pythonEnv("mlflow-client", ["mlflow-skinny==3.17.0"]);
const mlflow = useMlflow();

/** Logs a model by our library, then lets MLflow's client look at it and do the rest. */
async function seenBy(program: string, url: string, options: ModelsOptions): Promise<unknown> {
  await using models = await openModels(options);
  const onnx = buildOnnx({ intercept: 1, slopes: { km: 2 } });
  await models.log("delay", { onnx, example: { km: 1 }, metrics: { rmse: 27.5 } });
  expect((await models.log("delay", { onnx, example: { km: 1 } })).version).toBe("1");
  await models.setAlias("delay", "champion", "1");
  expect(await (await models.load("delay@champion")).predict([{ km: 3 }])).toEqual([7]);
  const seen = await runPython(program, PROGRAM, [url]);
  return JSON.parse(seen.trim().split("\n").at(-1)!);
}

async function options(): Promise<ModelsOptions> {
  const dir = Deno.makeTempDirSync();
  return { store: await openStore({ kind: "directory", dir }), dir };
}

test("registryHandler() serves MLflow's own Python client", async (context) => {
  const program = await requirePeer(context, python);
  const given = await options();
  await using handler = registryHandler(given);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  expect(await seenBy(program, `http://127.0.0.1:${server.addr.port}`, given)).toEqual(EXPECTED);
}, 300_000);

test("an MLflow server gives that client the same, and openModels() works on it", async (context) => {
  const program = await requirePeer(context, python);
  const { url } = mlflow();
  expect(await seenBy(program, url, { ...await options(), remote: { url, login: null } })).toEqual(EXPECTED);
}, 300_000);
