"""What nbformat finds wrong with notebooks: nbformat_check.py FOLDER; prints a JSON object, file to fault."""

import json
import pathlib
import re
import sys
from itertools import zip_longest

import nbformat
from nbformat.validator import normalize

NUMBER = re.compile(r'(\s*(?:"(?:[^"\\]|\\.)*": )?)(-?[\d.]+(?:e[+-]?\d+)?),?')


def fault_of(path):
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    try:
        nbformat.validate(notebook, relax_add_props=False)
    except nbformat.ValidationError as error:
        return str(error)[:1000]
    changes, _ = normalize(json.loads(text))
    if changes:
        return f"{changes} changes are needed"
    written = nbformat.writes(notebook).rstrip("\n") + "\n"  # as JupyterLab saves it
    lines = zip_longest(text.split("\n"), written.split("\n"))
    differing = ((ours, theirs) for ours, theirs in lines if ours != theirs and not is_same_number(ours, theirs))
    return next((f"nbformat writes {theirs!r} for {ours!r}"[:500] for ours, theirs in differing), None)


def is_same_number(ours, theirs):
    """Whether lines differ in how JavaScript and Python write a fraction, such as 0.000001 and 1e-06."""
    numbers = [NUMBER.fullmatch(line or "") for line in (ours, theirs)]
    return all(numbers) and numbers[0][1] == numbers[1][1] and float(numbers[0][2]) == float(numbers[1][2])


paths = sorted(pathlib.Path(sys.argv[1]).rglob("*.ipynb"))
print(json.dumps({str(path.relative_to(sys.argv[1])): fault_of(path) for path in paths}))
