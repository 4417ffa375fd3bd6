"""What nbclient keeps of a line that is logged between two cells, and during the second: prints the texts of each cell."""

import json
import sys
import time

import nbclient
import nbformat

notebook = nbformat.v4.new_notebook()
notebook.cells = [
    nbformat.v4.new_code_cell("setTimeout(() => console.log('between'), 100); setTimeout(() => console.log('during'), 1_000)"),
    nbformat.v4.new_code_cell("await new Promise((done) => setTimeout(done, 1_500)); console.log('own')"),
]
client = nbclient.NotebookClient(notebook, timeout=60, kernel_name=sys.argv[1])
with client.setup_kernel():
    client.execute_cell(notebook.cells[0], 0)
    time.sleep(0.5)
    client.execute_cell(notebook.cells[1], 1)
print(json.dumps([[output.text for output in cell.outputs if "text" in output] for cell in notebook.cells]))
