import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PEERS = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), ".peers");
const MADE = "boathouse-artifacts.txt";

/**
 * Copies artifacts of Maven Central with all that they need to a git-ignored folder, once.
 *
 * @param name name of the set, such as "kafka"; one folder each
 * @param artifacts exact artifacts, such as "org.apache.kafka:kafka-tools:4.1.0"
 * @returns absolute folder of the jars
 * @throws {Error} when there is no Java or Maven, or the artifacts cannot be had, with the reason
 */
export async function mavenJars(name: string, artifacts: string[]): Promise<string> {
  await runJava(["-version"]);
  const folder = join(PEERS, name), jars = join(folder, "lib"), wanted = artifacts.toSorted().join("\n");
  await Deno.mkdir(PEERS, { recursive: true });
  using lock = await Deno.open(join(PEERS, `${name}.lock`), { create: true, write: true });
  await lock.lock(true); // test files run in several processes
  if (await readIfThere(join(folder, MADE)) === wanted) return jars;
  await removeIfThere(folder); // what a killed process left is not whole
  await Deno.mkdir(folder);
  await Deno.writeTextFile(join(folder, "pom.xml"), pom(name, artifacts));
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${jars}`];
  await run("mvn", ["--quiet", "--batch-mode", "--file", join(folder, "pom.xml"), ...goal]);
  await Deno.writeTextFile(join(folder, MADE), wanted);
  return jars;
}

/**
 * Runs a Java program to its end.
 *
 * @param args arguments of `java`
 * @param input what it reads from standard input
 * @returns what it printed
 * @throws {Error} when it exits with another code than 0, with the end of what it printed
 */
export function runJava(args: string[], input: string | Uint8Array = ""): Promise<string> {
  return run("java", args, input);
}

function pom(name: string, artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>boathouse</groupId><artifactId>${name}</artifactId><version>1</version>
<dependencies>${dependencies.join("\n")}</dependencies>
</project>\n`;
}

async function run(program: string, args: string[], input: string | Uint8Array = ""): Promise<string> {
  const child = spawn(program, args);
  const output = child.output();
  const writer = child.stdin.getWriter();
  // A program that ends early breaks the pipe; its exit code says what is wrong.
  await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input).catch(() => {});
  await writer.close().catch(() => {});
  const { success, code, stdout, stderr } = await output;
  if (success) return new TextDecoder().decode(stdout);
  const told = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout).trimEnd().split("\n");
  throw new Error(`Cannot run "${program}" as it failed with code ${code}: ${told.slice(-15).join("\n")}`);
}

function spawn(program: string, args: string[]): Deno.ChildProcess {
  try {
    return new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  } catch (cause) {
    throw new Error(`Cannot run "${program}" as it is not installed: ${(cause as Error).message}`, { cause });
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function removeIfThere(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
