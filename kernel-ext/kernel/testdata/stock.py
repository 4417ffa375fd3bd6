"""Runs notebooks in their own folders on the kernel that Deno brings, past errors: stock.py NOTEBOOK...; prints JSON."""

import json
import os
import sys

import nbclient
import nbformat

ran = {}
for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        cell.outputs, cell.execution_count = [], None
    folder = {"metadata": {"path": os.path.dirname(path)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="deno", allow_errors=True, resources=folder).execute()
    failed = [out.evalue for cell in cells for out in cell.outputs if out.output_type == "error"]
    ran[os.path.basename(path)] = {"cells": len(cells), "ran": sum(bool(cell.execution_count) for cell in cells), "failed": failed}
print(json.dumps(ran))
