import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeDemoLake } from "../../_tools/peers/demo_lake.ts";
import { runProgram } from "../../_tools/peers/install.ts";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const INSTALL_MS = 300_000;

test("OpenLineage's own client reads the events of runs and gives them back unchanged", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("openlineage", ["openlineage-python==1.54.0"]));
  await using lake = await makeDemoLake();
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["1_explore", "2_train", "3_evaluate"]) {
      await boathouse(
        ["notebook", "run", `notebooks/flights/${name}.ipynb`, "--out", `${folder}/${name}.ipynb`],
        lake.env,
      );
    }
    for (const [name, text] of [["boathouse.yaml", ""], ["deno.json", "{}"]] as const) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    const failing = join(folder, "failing.ipynb");
    await Deno.writeTextFile(failing, JSON.stringify(FAILING));
    await expect(boathouse(["notebook", "run", failing], lake.env)).rejects.toThrow("no such luck");
    const text = await boathouse(["bus", "tail", "run", "--from", "0", "--limit", "8"], lake.env);
    await Deno.writeTextFile(join(folder, "events"), text);
    const read = JSON.parse(await runPython(python, READ, [join(folder, "events")])) as Read[];
    expect(read.map(({ eventType, job }) => [eventType, job])).toEqual([
      ["START", "flights/1_explore.ipynb"],
      ["COMPLETE", "flights/1_explore.ipynb"],
      ["START", "flights/2_train.ipynb"],
      ["COMPLETE", "flights/2_train.ipynb"],
      ["START", "flights/3_evaluate.ipynb"],
      ["COMPLETE", "flights/3_evaluate.ipynb"],
      ["START", expect.stringContaining("failing.ipynb")],
      ["FAIL", expect.stringContaining("failing.ipynb")],
    ]);
    expect(read[3]).toMatchObject({ outputs: ["model:flight-delay", "model:route-average"] });
    expect(new Set(read[5]!.inputs)).toEqual(new Set(["flights", ...read[3]!.outputs]));
    expect(read[1]!.rows).toEqual([lake.flights]);
    expect(read[7]!.error).toContain("no such luck");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, INSTALL_MS);

interface Read {
  eventType: string;
  job: string;
  inputs: string[];
  outputs: string[];
  rows: number[];
  error: string | null;
}

const FAILING = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [{
    cell_type: "code",
    id: "fails",
    metadata: {},
    execution_count: null,
    outputs: [],
    source: 'throw new Error("no such luck")',
  }],
};

function boathouse(args: string[], env: Record<string, string>): Promise<string> {
  const command = ["run", "-A", "--config", join(ROOT, "deno.json"), join(ROOT, "boathouse.ts"), ...args];
  return runProgram(Deno.execPath(), command, "", { env: { ...env, NO_COLOR: "1" } });
}

// Its classes refuse fields that they do not know; what they hold is compared with what was sent.
const READ = `
import json, sys
from openlineage.client import event_v2 as ol, facet_v2
from openlineage.client.serde import Serde
STANDARD = {
    "version": facet_v2.dataset_version_dataset.DatasetVersionDatasetFacet,
    "inputStatistics": facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet,
    "errorMessage": facet_v2.error_message_run.ErrorMessageRunFacet,
}
def facet(name, sent):
    fields = {k: v for k, v in sent.items() if k not in ("_producer", "_schemaURL")}
    if name in STANDARD:
        made = STANDARD[name](producer=sent["_producer"], **fields)
        assert made._schemaURL == sent["_schemaURL"], sent
        return made
    assert name.startswith("boathouse_") and sent["_producer"] and sent["_schemaURL"], name
    return sent
def facets(sent):
    return {name: facet(name, value) for name, value in sent.items()}
def dataset(kind, sent):
    return kind(**{k: facets(v) if k.lower().endswith("facets") else v for k, v in sent.items()})
def event(sent):
    run = ol.Run(**{k: facets(v) if k == "facets" else v for k, v in sent["run"].items()})
    return ol.RunEvent(eventTime=sent["eventTime"], producer=sent["producer"], eventType=ol.RunState(sent["eventType"]),
        run=run, job=ol.Job(**sent["job"]), inputs=[dataset(ol.InputDataset, d) for d in sent["inputs"]],
        outputs=[dataset(ol.OutputDataset, d) for d in sent["outputs"]])
def bare(value):
    if isinstance(value, dict):
        return {k: bare(v) for k, v in value.items() if v != {}}
    return [bare(v) for v in value] if isinstance(value, list) else value
told = []
for line in open(sys.argv[1]):
    sent = json.loads(line)["value"]["data"]
    made = event(sent)
    assert bare(Serde.to_dict(made)) == bare(sent), (bare(Serde.to_dict(made)), sent)
    told.append(dict(eventType=made.eventType.value, job=made.job.name, inputs=[d.name for d in made.inputs],
        outputs=[d.name for d in made.outputs],
        rows=[d.inputFacets["inputStatistics"].rowCount for d in made.inputs if "inputStatistics" in d.inputFacets],
        error=made.run.facets["errorMessage"].message if "errorMessage" in made.run.facets else None))
print(json.dumps(told))
`;
