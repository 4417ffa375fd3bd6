"""Runs many cells in one kernel: kernel_memory.py KERNEL...; prints one JSON line of its memory at each mark."""

import json
import os
import pathlib
import re
import sys

import jupyter_client.manager

MARKS, LIMIT_S, MIB = [100, 500, 1000], 60, 2**20
CELLS = [
    "for (let n = 0; n < 20; n++) console.log('line ' + n + ' of cell %d');",
    "const value%d = %d;\nvalue%d * 2",
    "Array.from({ length: 50 }, (_, n) => ({ n, name: 'row ' + n, of: %d }))",
    "throw new Error('cell %d');",
    "const large = new Uint8Array(2 ** 20).fill(%d);",
]
ENV = {**os.environ, "DENO_V8_FLAGS": "--expose-gc"}
HEAP = "for (let n = 0; n < 3; n++) { gc(); await new Promise((go) => setTimeout(go, 20)); }\nconsole.log(Deno.memoryUsage().heapUsed)"


def processes(pid):
    found = [pid]
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += [each for each in processes(int(child)) if each not in found]
    return found


def resident(pid):
    pages = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(pages[1]) / 1024 if pages else 0


def run(client, code):
    texts = []
    client.execute_interactive(code, output_hook=lambda message: texts.append(message["content"].get("text", "")), timeout=LIMIT_S)
    return "".join(texts)


def say(kernel, cells, pid, client):
    heap = int(re.search(r"\d{5,}", run(client, HEAP))[0]) / MIB
    print(json.dumps({"kernel": kernel, "cells": cells, "heap": heap, "resident": [resident(each) for each in processes(pid)]}), flush=True)


for kernel in sys.argv[1:]:
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name=kernel, env=ENV)
    try:
        for number in range(1, MARKS[-1] + 1):
            code = CELLS[number % len(CELLS)]
            run(client, code.replace("%d", str(number)))
            if number in MARKS:
                say(kernel, number, manager.provisioner.process.pid, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
