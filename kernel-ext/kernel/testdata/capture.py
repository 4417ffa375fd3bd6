"""How much of what cells show nbclient keeps: capture.py KERNEL RUNS; prints one JSON line a run."""

import json
import sys
import time

import nbclient
import nbformat

RESULTS, LINES = 300, 20_000
kernel, runs = sys.argv[1], int(sys.argv[2])

for _ in range(runs):
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(f"const v{n} = {n} * 2;\nv{n}") for n in range(RESULTS)]
    notebook.cells.append(nbformat.v4.new_code_cell(f"for (let n = 0; n < {LINES}; n++) console.log('line ' + n);"))
    began = time.perf_counter()
    nbclient.NotebookClient(notebook, timeout=120, kernel_name=kernel).execute()
    seconds = time.perf_counter() - began
    *cells, log = notebook.cells
    shown = [[output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result"] for cell in cells]
    lines = "".join(output.text for output in log.outputs if output.output_type == "stream").splitlines()
    print(json.dumps({
        "results": sum(texts == [str(n * 2)] for n, texts in enumerate(shown)),
        "lines": len(lines) if lines == [f"line {n}" for n in range(len(lines))] else -1,
        "seconds": round(seconds, 2),
    }))
