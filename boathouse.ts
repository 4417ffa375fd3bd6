/**
 * The command line: one table, verb to the module that does it.
 *
 * @module
 */
import {
  BUS_VERBS,
  duration,
  LAKE_VERBS,
  memoryMb,
  permissions,
  port,
  runCommandLine,
  time,
  wholeNumber,
} from "./server/commands/mod.ts";
import type { RunNotebook, Verb } from "./server/commands/mod.ts";

const runNotebook = async () => (await import("./kernel-ext/runner/mod.ts")).runNotebook;
/** A process that may never run a notebook does without the kernel until it does. */
const runNotebookLater: RunNotebook = async (file, options) => (await runNotebook())(file, options);

const VERBS: readonly Verb[] = [
  {
    usage: "demo",
    about: "the whole loop on real flights; stays up unless --exit",
    options: [
      ["--exit", "end after the summary"],
      ["--all", "all 3,000,000 flights instead of a sixth"],
      ["--every <n>", "one flight in n, for a quick look"],
      ["--requests <n>", "requests to the endpoint (default 20000)"],
    ],
    example: "boathouse demo --exit",
    load: async () => (await import("./server/demo/mod.ts")).demoCommand({ runNotebook: await runNotebook() }),
  },
  {
    usage: "start",
    about: "serve the workbench: control plane, serving plane, ingest, jobs",
    options: [
      ["--role <role>", "what this process does", "all", ["all", "serving", "control", "ingest", "jobs"]],
      ["--from <dir>", "serving: what endpoint export wrote, without bus, lake and registry; it writes no events"],
      ["--port <port>", "with --from: port on 127.0.0.1, 0 for a free one (default 8401)"],
      ["--piped", "serving: take faults from standard input, and end with it"],
    ],
    example: "boathouse start --role serving",
    load: async () => (await import("./server/commands/start.ts")).start({ runNotebook: runNotebookLater }),
  },
  {
    usage: "setup",
    about: "put Deno and the boathouse launcher into a stable user folder",
    example: "deno task setup",
    load: async () => (await import("./server/commands/setup.ts")).setup,
  },
  {
    usage: "doctor",
    about: "what is reachable, what each backend proved and what is only promised",
    example: "boathouse doctor --json",
    load: async () => (await import("./server/commands/doctor.ts")).doctor,
  },
  ...BUS_VERBS,
  ...LAKE_VERBS,
  {
    usage: "types",
    about: "the lake's tables as TypeScript types, for completion and checking",
    options: [["--out <file>", "write the module, such as lake_types.ts, instead of printing it"]],
    example: "boathouse types --out notebooks/flights/lake_types.ts",
    load: async () => (await import("./server/commands/types.ts")).types,
  },
  {
    usage: "notebook run <file>",
    about: "run a notebook from top to bottom and save its results in it",
    options: [
      ["-p, --parameter <name=value...>", "set a parameter; may be given several times"],
      ["--parameters <file>", "set parameters from a YAML or JSON file; -p wins"],
      ["--out <file>", "save a copy instead; of a sweep, the folder of the copies"],
      [
        "--sweep <name=value,value...>",
        "run once for each value, each into a copy; several parameters: every combination",
      ],
      ["--resume", "go on at the first cell whose results are not those of its code"],
      ["--no-cache", "run cells that say //| cache, and keep what they give anew"],
      [
        "--timeout <seconds>",
        "end a cell that runs longer, such as 30 or 10m; a cell's //| timeout wins",
        undefined,
        duration,
      ],
      ["--memory <MB>", "memory that its cells may use; else what the notebook asks for", undefined, memoryMb],
    ],
    example: "boathouse notebook run notebooks/flights/1_explore.ipynb",
    more: async (words) => {
      const { describeParameters } = await import("./kernel-ext/runner/mod.ts");
      return await (await import("./server/commands/run_parameters.ts")).parametersHelp(words, describeParameters);
    },
    load: async () =>
      (await import("./server/commands/notebook_run.ts")).notebookRun({ runNotebook: await runNotebook() }),
  },
  {
    usage: "notebook verify [paths...]",
    about: "tell for each cell whether its results are those of its code",
    options: [
      ["--data", "ask lake and registry how what was read stands to what is there now"],
      [
        "--reproduce",
        "run each notebook again on what it has read and compare; exit code 1 unless all of it came again",
      ],
      ["--strict", "with --data: end with exit code 1 where an input is too far behind"],
    ],
    example: "boathouse notebook verify notebooks/flights --data",
    load: async () => (await import("./server/commands/notebook_verify.ts")).notebookVerify({ runner: runNotebook }),
  },
  {
    usage: "notebook report <file>",
    about: "write the notebook's report as Markdown and SVG, or as one HTML page that needs nothing beside it",
    options: [["--html [file]", "write the page instead, by default into reports/"]],
    example: "boathouse notebook report notebooks/flights/1_explore.ipynb",
    load: async () => (await import("./server/commands/notebook_report.ts")).notebookReport,
  },
  {
    usage: "notebook diff <old> [new]",
    about: "what changed in a notebook: OLD NEW (files or REV:PATH), REV FILE, REV1..REV2 FILE, or FILE since HEAD",
    options: [
      ["--exit-code", "end with exit code 1 where they differ"],
      ["--no-outputs", "leave outputs aside: code, text, findings, data"],
      ["--html <file>", "write it as one page too, with figures side by side, without scripts"],
    ],
    example: "boathouse notebook diff HEAD~1 notebooks/flights/1_explore.ipynb",
    load: async () => (await import("./server/commands/notebook_diff.ts")).notebookDiff,
  },
  {
    usage: "notebook text <file>",
    about: "a notebook as plain lines that tools compare well",
    example: "boathouse notebook text notebooks/flights/1_explore.ipynb",
    load: async () => (await import("./server/commands/notebook_text.ts")).notebookText,
  },
  {
    usage: "notebook git-setup",
    about: "let git diff and git difftool understand notebooks, in this clone",
    options: [["--undo", "take it back"]],
    example: "boathouse notebook git-setup",
    load: async () => (await import("./server/commands/notebook_git_setup.ts")).notebookGitSetup,
  },
  {
    usage: "notebook list",
    about: "the library of analyses: questions, findings, what they read and wrote, verdicts",
    options: [
      ["--search <words>", "only notebooks that hold all these words, the best match first"],
      ["--lineage <format>", "what depends on what instead, as json or mermaid", undefined, ["json", "mermaid"]],
    ],
    example: `boathouse notebook list --search "delay weekday"`,
    load: async () => (await import("./server/commands/notebook_list.ts")).notebookList,
  },
  {
    usage: "kernel install",
    about: "let Jupyter find the kernel of this installation",
    options: [
      ["--user", "for this user, which is the default"],
      ["--prefix <dir>", "into the Python environment in this folder instead"],
      ["--name <name>", "name that notebooks ask for", "boathouse"],
      [
        "--permissions <flags>",
        'what cells may do, as flags of "deno run"; everything by default',
        undefined,
        permissions,
      ],
      ["--memory <MB>", "memory that cells may use; else what their notebook asks for", undefined, memoryMb],
      ["--force", "overwrite a kernel that Boathouse did not install"],
    ],
    example:
      `boathouse kernel install --name boathouse-offline --permissions "--allow-read --allow-write=. --allow-ffi"`,
    load: async () => (await import("./server/commands/kernel.ts")).kernelInstall,
  },
  {
    usage: "kernel uninstall",
    about: "remove what kernel install wrote, and nothing else",
    options: [
      ["--user", "for this user, which is the default"],
      ["--prefix <dir>", "from the Python environment in this folder instead"],
      ["--name <name>", "name of the kernel", "boathouse"],
    ],
    example: "boathouse kernel uninstall",
    load: async () => (await import("./server/commands/kernel.ts")).kernelUninstall,
  },
  {
    usage: "lab [dir]",
    about: "JupyterLab with the kernel of this installation, in a Python environment of its own; Ctrl-C ends it",
    options: [
      ["--port <n>", "port of 127.0.0.1; 8888 or another free one by default", undefined, port],
      ["--no-browser", "print the address only"],
    ],
    example: "boathouse lab --no-browser",
    load: async () => (await import("./server/commands/lab.ts")).lab,
  },
  {
    usage: "review <range>",
    about: "what BASE..HEAD changes: findings, metrics, verdicts, functions, endpoints, data, charts",
    options: [
      ["--markdown", "write it for a comment of the forge, at most 60,000 characters"],
      ["--out <file>", "write the Markdown to a file"],
      ["--link <address>", "address of a file, with {commit} and {path} in it, for links to charts"],
    ],
    example: "boathouse review main..HEAD --markdown",
    load: async () => (await import("./server/commands/review.ts")).review,
  },
  {
    usage: "model list",
    about: "registered models with versions and aliases",
    example: "boathouse model list",
    load: async () => (await import("./server/commands/model.ts")).modelList,
  },
  {
    usage: "model show <name>",
    about: "versions of a model with metrics and verdicts",
    example: "boathouse model show flight-delay",
    load: async () => (await import("./server/commands/model.ts")).modelShow,
  },
  {
    usage: "model alias <name> <alias> <version>",
    about: "point an alias at a version",
    example: "boathouse model alias flight-delay champion 1",
    load: async () => (await import("./server/commands/model.ts")).modelAlias,
  },
  {
    usage: "evaluate <product>",
    about: "run a product's evaluation notebook for each version and record the verdicts",
    options: [
      ["--version <number>", "one version only"],
      ["--model <name>", "one model of the product only"],
      ["--ad-hoc", "record no verdict, and run it for versions that have one too"],
    ],
    example: "boathouse evaluate flights --model flight-delay --version 3",
    load: async () => (await import("./server/commands/evaluate.ts")).evaluate({ runNotebook: await runNotebook() }),
  },
  {
    usage: "promote <what>",
    about: "promote a function, NOTEBOOK#FUNCTION, or an evaluated model, model:NAME@VERSION",
    options: [["--allow-dirty", "accept a working tree with changes; the version is marked"], [
      "--why <text>",
      "reason",
    ]],
    example: "boathouse promote notebooks/flights/2_train.ipynb#predictDelay\n  boathouse promote model:flight-delay@2",
    load: async () => (await import("./server/commands/function.ts")).promoteFunction,
  },
  {
    usage: "function list",
    about: "promoted functions with their newest versions",
    example: "boathouse function list",
    load: async () => (await import("./server/commands/function.ts")).functionList,
  },
  {
    usage: "function show <name>",
    about: "a function's version, NAME or NAME@HASH: manifest, origin, and the cells that it was made of",
    example: "boathouse function show predictDelay",
    load: async () => (await import("./server/commands/function.ts")).functionShow,
  },
  {
    usage: "function diff <a> <b>",
    about: "what differs between two versions, NAME or NAME@HASH: schemas, models, hosts, budgets, source",
    example: "boathouse function diff predictDelay@3f1c predictDelay",
    load: async () => (await import("./server/commands/function.ts")).functionDiff,
  },
  {
    usage: "function retire <name>",
    about: "take a version, NAME@HASH, or all of NAME out of use; refused while an endpoint calls it",
    options: [["--why <text>", "reason"]],
    example: "boathouse function retire averageDelay",
    load: async () => (await import("./server/commands/function.ts")).functionRetire,
  },
  {
    usage: "function replay <decision>",
    about: "compute a decision's answer again from what was recorded, and compare",
    example: "boathouse function replay 01977c5e-6b0a-7d3e-8a51-3f2c9d1e4b70",
    load: async () => (await import("./server/commands/function.ts")).functionReplay,
  },
  {
    usage: "function call <name> <json>",
    about: "call a promoted function of the running workbench",
    example: `boathouse function call averageDelay '{"route":"ORD-LGA","weekday":5,"hour":18,"distance":733}'`,
    load: async () => (await import("./server/commands/function.ts")).functionCall,
  },
  {
    usage: "endpoint apply <file>",
    about: "check an endpoint file, pin what it names, and store it as a revision",
    options: [["--why <text>", "reason"]],
    example: "boathouse endpoint apply notebooks/flights/flight-delay.endpoint.yaml",
    load: async () => (await import("./server/commands/endpoint.ts")).endpointApply,
  },
  {
    usage: "endpoint activate <name> [revision]",
    about: "let a revision answer; the newest applied one by default",
    options: [
      ["--why <text>", "reason"],
      ["--why-unsimulated <text>", "reason to let it answer without a simulation against the active revision"],
    ],
    example: "boathouse endpoint activate flight-delay",
    load: async () => (await import("./server/commands/endpoint.ts")).endpointActivate,
  },
  {
    usage: "endpoint rollback <name>",
    about: "let the previous revision answer again",
    options: [["--why <text>", "reason"]],
    example: "boathouse endpoint rollback flight-delay",
    load: async () => (await import("./server/commands/endpoint.ts")).endpointRollback,
  },
  {
    usage: "endpoint list",
    about: "endpoints with their active revisions",
    example: "boathouse endpoint list",
    load: async () => (await import("./server/commands/endpoint.ts")).endpointList,
  },
  {
    usage: "endpoint show <name>",
    about: "the active revision of an endpoint",
    example: "boathouse endpoint show flight-delay",
    load: async () => (await import("./server/commands/endpoint.ts")).endpointShow,
  },
  {
    usage: "endpoint schema",
    about: "the JSON Schema of endpoint files, for editors",
    example: "boathouse endpoint schema > endpoint.schema.json",
    load: async () => (await import("./server/commands/endpoint_schema.ts")).endpointSchemaVerb,
  },
  {
    usage: "endpoint simulate <name>",
    about: "make recorded decisions again by the active revision and by a file's, and tell what would change",
    options: [
      ["--candidate <file>", "the endpoint file that is to answer; it is not applied"],
      ["--from <time>", "first moment that counts, such as 2001-05-01", undefined, time],
      ["--to <time>", "first moment that does not count any more", undefined, time],
      ["--sample <n>", "about how many decisions at most, by variant and day", "10000", wholeNumber],
      ["--fail <f=rate...>", "a function or model fails at that rate, such as predictDelay=0.1"],
      ["--slow <f=time...>", "a function or model is later by that time, such as predictDelay=200ms"],
      ["--markdown <file>", "write a report"],
    ],
    example: "boathouse endpoint simulate flight-delay --candidate notebooks/flights/flight-delay.endpoint.yaml",
    load: async () => (await import("./server/commands/endpoint_simulate.ts")).endpointSimulate,
  },
  {
    usage: "endpoint export <name> <dir>",
    about:
      "write all that an endpoint answers from into a folder, for tests elsewhere: start --role serving --from DIR",
    example: "boathouse endpoint export flight-delay ./flight-delay",
    load: async () => (await import("./server/commands/endpoint.ts")).endpointExport,
  },
  {
    usage: "experiment results <endpoint>",
    about: "what an endpoint's variants say of its question: differences, intervals, sample ratio, guardrails",
    options: [
      ["--from <time>", "first moment that counts, such as 2001-05-01"],
      ["--to <time>", "first moment that does not count any more"],
      ["--revision <digest>", "another revision than the active one; its first digits do"],
    ],
    example: "boathouse experiment results flight-delay",
    load: async () => (await import("./server/commands/experiment.ts")).experimentResults,
  },
  {
    usage: "token create",
    about: "make an access token; it is printed once, and only a hash of it is kept",
    options: [
      ["--role <role>", "what it is for", "service", ["viewer", "author", "operator", "service"]],
      ["--product <name>", "for the endpoints of this product only"],
      ["--name <name>", "name that topic control shows; made up by default"],
      ["--rate <n>", "requests a second that one node answers; 1000 by default", undefined, wholeNumber],
      ["--why <text>", "reason"],
    ],
    example: "boathouse token create --role service --product flights --name shop",
    load: async () => (await import("./server/commands/token.ts")).tokenCreate,
  },
  {
    usage: "token list",
    about: "access tokens that count, without what is secret",
    example: "boathouse token list",
    load: async () => (await import("./server/commands/token.ts")).tokenList,
  },
  {
    usage: "token revoke <name>",
    about: "end an access token on all nodes",
    options: [["--why <text>", "reason"]],
    example: `boathouse token revoke shop --why "it leaked"`,
    load: async () => (await import("./server/commands/token.ts")).tokenRevoke,
  },
  {
    usage: "check [product]",
    about: "what must be documented, and is not",
    example: "boathouse check flights",
    load: async () => (await import("./server/commands/check.ts")).check,
  },
];

if (import.meta.main) Deno.exit(await runCommandLine(VERBS, Deno.args));
