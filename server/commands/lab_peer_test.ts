import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { denoDir, LAB_HOME, startLab } from "../../_tools/peers/lab.ts";
import { requirePeer } from "../../_tools/peers/python.ts";
import { residentBytes } from "../../_tools/process_tree.ts";

const LIMIT_MS = 400_000; // the packages are installed at the first time

async function gone(pids: number[]): Promise<number[]> {
  const left = () => pids.filter((pid) => residentBytes(pid).has(pid));
  for (let tries = 0; tries < 600 && left().length > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return left();
}

test(
  "lab runs our kernel as the default, apart from the user's Jupyter, and ends with its kernels",
  async (context) => {
    await using dir = await tempFolder();
    await Deno.mkdir(join(LAB_HOME, ".jupyter"), { recursive: true });
    await Deno.writeTextFile(
      join(LAB_HOME, ".jupyter/jupyter_server_config.py"),
      'raise RuntimeError("the user\'s was read")',
    );
    const lab = await requirePeer(context, () => startLab([dir.path]));
    const { url, token, port, root } = lab.told;
    expect({ url, root }).toEqual({ url: `http://127.0.0.1:${port}/lab?token=${token}`, root: dir.path });
    const specs = await lab.get("/api/kernelspecs") as {
      default: string;
      kernelspecs: Record<string, { spec: { argv: string[] } }>;
    };
    expect(specs.default).toBe("boathouse");
    expect(specs.kernelspecs.boathouse!.spec.argv.at(-1)).toBe("{connection_file}");
    expect(await lab.get("/api/status")).toMatchObject({ connections: 0, kernels: 0 });
    const refused = await fetch(new URL("/api/status", url));
    await refused.body?.cancel();
    expect(refused.status).toBe(403);
    const kernel = await (await fetch(new URL("/api/kernels", url), {
      method: "POST",
      headers: { authorization: `token ${token}` },
      body: "{}",
    })).json();
    expect(kernel).toMatchObject({ name: "boathouse" });
    const pids = [...residentBytes(lab.child.pid).keys()];
    expect(pids.length).toBeGreaterThanOrEqual(3);
    expect(await commandLines(pids)).not.toContain(token);
    lab.child.kill("SIGINT");
    expect(await lab.child.status).toMatchObject({ code: 0 });
    expect(await gone(pids)).toEqual([]);
    expect([...Deno.readDirSync(LAB_HOME)].map(({ name }) => name)).not.toContain(".local");
  },
  LIMIT_MS,
);

test("nothing outlives a lab that is killed", async (context) => {
  const lab = await requirePeer(context, () => startLab(["notebooks"]));
  expect(lab.told.url).toContain("/lab/tree/notebooks?token=");
  const { headers } = new Request(lab.told.url, { headers: { authorization: `token ${lab.told.token}` } });
  await (await fetch(new URL("/api/kernels", lab.told.url), { method: "POST", headers, body: "{}" })).json();
  const pids = [...residentBytes(lab.child.pid).keys()];
  lab.child.kill("SIGKILL");
  expect(await gone(pids)).toEqual([]);
}, LIMIT_MS);

test("lab says what to do without a network, and tries again the next time", async (context) => {
  await using home = await tempFolder();
  const env = { HOME: home.path, PIP_INDEX_URL: "http://127.0.0.1:9/simple", PIP_RETRIES: "0" };
  await requirePeer(context, () => new Deno.Command("python3", { args: ["-c", "import venv, ensurepip"] }).output());
  for (const _ of ["first", "second"]) {
    await expect(startLab([], { env })).rejects.toThrow(
      /Cannot install JupyterLab as pip must get its packages from PyPI: .*anyio.*; try again when the network is there, or use a Jupyter of your own: "boathouse kernel install"\n$/,
    );
  }
}, LIMIT_MS);

test("Ctrl-C ends a lab that is being installed, quietly and with all that it started", async (context) => {
  await using home = await tempFolder();
  await requirePeer(context, () => new Deno.Command("python3", { args: ["-c", "import venv, ensurepip"] }).output());
  const main = fileURLToPath(new URL("../../boathouse.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "lab", "--no-browser"],
    env: { HOME: home.path, DENO_DIR: await denoDir() },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let said = "", pids: number[] = [];
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += part;
    if (!said.includes("is made in") || pids.length > 0) continue;
    while (pids.length < 2) {
      pids = [...residentBytes(child.pid).keys()];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGINT");
  }
  expect(await child.status).toMatchObject({ code: 0 });
  expect(await new Response(child.stdout).text()).toBe("");
  expect(said.trimEnd().split("\n")).toHaveLength(1);
  expect(await gone(pids)).toEqual([]);
}, LIMIT_MS);

async function tempFolder() {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse lab's " }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function commandLines(pids: number[]): Promise<string> {
  return (await Promise.all(pids.map((pid) => Deno.readTextFile(`/proc/${pid}/cmdline`)))).join("\n");
}
