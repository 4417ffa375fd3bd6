"""Times kernels beside one another: kernel_bench.py ROUNDS KERNEL...; prints one JSON line for each measurement."""

import json
import sys
import time

import jupyter_client.manager
import nbclient
import nbformat

TRIPS, LIMIT_S = 200, 60
FIFTY = [f"const v{n} = Array.from({{ length: 1000 }}, (_, k) => k * {n}).reduce((a, b) => a + b, 0);\nv{n}" for n in range(50)]
LINES = 20_000
LOG = [f"for (let n = 0; n < {LINES}; n++) console.log('line ' + n);", "1 + 1"]


def say(kernel, workload, began, **more):
    print(json.dumps({"kernel": kernel, "workload": workload, "ms": (time.perf_counter() - began) * 1000, **more}), flush=True)


def interactive(kernel):
    began = time.perf_counter()
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name=kernel)
    say(kernel, "ready", began)
    try:
        for n in range(TRIPS):
            began = time.perf_counter()
            client.execute_interactive(f"const t{n} = {n};\nt{n}", output_hook=lambda message: None, timeout=LIMIT_S)
            say(kernel, "trip", began)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(kernel, workload, sources):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    began = time.perf_counter()
    ended = True
    try:
        nbclient.NotebookClient(notebook, timeout=LIMIT_S, kernel_name=kernel).execute()
    except nbclient.exceptions.CellTimeoutError:
        # The message that a cell has ended was among those lost.
        ended = False
    first, *_ = notebook.cells
    text = "".join(out.text for out in first.outputs if out.output_type == "stream")
    results = sum(any(out.output_type == "execute_result" for out in cell.outputs) for cell in notebook.cells)
    say(kernel, workload, began, ended=ended, results=results, lines=text.count("line "))


rounds, kernels = int(sys.argv[1]), sys.argv[2:]
for _ in range(rounds):
    for kernel in kernels:
        interactive(kernel)
    for kernel in kernels:
        run(kernel, "log", LOG)
    for kernel in kernels:
        run(kernel, "fifty", FIFTY)
