import { expect, test } from "vitest";
import { installStockKernel, openJupyter } from "./jupyter.ts";
import { requirePeer } from "./python.ts";

const INSTALL_MS = 300_000;

test("openJupyter() has folders of its own, and the stock kernel answers in them", async (context) => {
  const jupyter = await requirePeer(context, openJupyter);
  try {
    await installStockKernel(jupyter);
    const { kernelspecs } = JSON.parse(await jupyter.tool("jupyter-kernelspec", ["list", "--json"]));
    expect(kernelspecs.deno.resource_dir).toBe(`${jupyter.folder}/share/jupyter/kernels/deno`);
    expect(await jupyter.run(ONE_CELL, ["deno"], context.signal)).toBe("ok\n");
    await expect(jupyter.tool("jupyter-kernelspec", ["remove", "-f", "none"])).rejects.toThrow("none");
  } finally {
    await jupyter[Symbol.asyncDispose]();
  }
  await expect(Deno.stat(jupyter.folder)).rejects.toThrow(Deno.errors.NotFound);
}, INSTALL_MS);

// What it shows may come too late for its cell, so only the reply is looked at.
const ONE_CELL = `
import sys
from jupyter_client.manager import run_kernel
with run_kernel(kernel_name=sys.argv[1]) as client:
    print(client.execute_interactive("41 + 1", output_hook=lambda m: None, timeout=60)["content"]["status"])
`;
