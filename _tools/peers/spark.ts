import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { pythonEnv, runPython } from "./python.ts";

const FOLDER = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), ".peers", "spark");
const DELTA = "4.4.0"; // the newest whose jar is on Maven Central; the artifact's name carries Spark's version
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>boathouse</groupId>
  <artifactId>spark-peer</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>io.delta</groupId>
      <artifactId>delta-spark_4.2_2.13</artifactId>
      <version>${DELTA}</version>
    </dependency>
  </dependencies>
</project>
`;

/** Spark with Delta Lake, as it is installed for tests. */
export interface Spark {
  /** Path of the python that has pyspark. */
  python: string;
  /** Absolute paths of Delta's jars. */
  jars: string[];
}

/**
 * Installs Spark 4.2 with Delta Lake for tests, once: pyspark of PyPI, Delta's jars of Maven Central.
 *
 * @returns what runSpark needs
 * @throws {Error} when there is no Java, Maven or Python, or the packages cannot be installed, with the reason
 */
export async function installSpark(): Promise<Spark> {
  await output("java", ["-version"]);
  const python = await pythonEnv("spark", ["pyspark==4.2.0"]);
  return { python, jars: await deltaJars() };
}

/**
 * Runs a Python program with a Spark session `spark` on this machine: UTC, Delta tables, two threads, little memory. A
 * session takes about 25 s to start, so a test file should run one program.
 *
 * @param spark the installed Spark
 * @param program source of the program; it finds `json`, `os`, `sys`, `datetime` and `decimal` imported
 * @param args its arguments
 * @returns what it printed
 * @throws {Error} when it fails, with the end of what it printed on standard error
 */
export async function runSpark({ python, jars }: Spark, program: string, args: string[] = []): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "boathouse-spark-" });
  try {
    return await runPython(python, `${prologue(jars, dir)}\n${program}\nsys.stdout.flush()\nspark.stop()\n`, args);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function prologue(jars: readonly string[], dir: string): string {
  const settings: Record<string, string> = {
    "spark.jars": jars.join(","),
    "spark.driver.extraClassPath": jars.join(":"),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.extraJavaOptions": `-Duser.timezone=UTC -Dderby.system.home=${dir}`,
    "spark.sql.warehouse.dir": join(dir, "warehouse"),
    "spark.local.dir": dir,
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.log.level": "ERROR",
    "spark.databricks.delta.snapshotPartitions": "2",
  };
  return `
import datetime, decimal, json, os, sys, time
os.environ["TZ"] = "UTC"
time.tzset()  # collect() renders timestamps in the process's time zone
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[2]").appName("boathouse")
for key, value in ${JSON.stringify(settings)}.items(): builder = builder.config(key, value)
spark = builder.getOrCreate()`;
}

async function deltaJars(): Promise<string[]> {
  await Deno.mkdir(FOLDER, { recursive: true });
  using lock = await Deno.open(join(FOLDER, "lock"), { create: true, write: true });
  await lock.lock(true); // test files run in several processes
  const lib = join(FOLDER, `delta-${DELTA}`), done = join(FOLDER, `delta-${DELTA}.whole`);
  if (!await isThere(done)) {
    await Deno.writeTextFile(join(FOLDER, "pom.xml"), POM);
    await output("mvn", [
      "--quiet",
      "--batch-mode",
      "--file",
      join(FOLDER, "pom.xml"),
      "dependency:copy-dependencies",
      "-DincludeGroupIds=io.delta,io.unitycatalog",
      `-DoutputDirectory=${lib}`,
    ]);
    await Deno.writeTextFile(done, ""); // what a killed process left is not whole
  }
  const jars = await Array.fromAsync(Deno.readDir(lib), ({ name }) => name);
  return jars.filter((name) => /^(delta|unitycatalog)-.*\.jar$/.test(name)).sort().map((name) => join(lib, name));
}

async function isThere(file: string): Promise<boolean> {
  try {
    return (await Deno.stat(file)).isFile;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return false;
    throw cause;
  }
}

async function output(program: string, args: string[]): Promise<void> {
  const run = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "piped" });
  const { success, code, stdout, stderr } = await run.output().catch((cause: Error) => {
    throw new Error(`Cannot run "${program}" as it is not installed: ${cause.message}`, { cause });
  });
  if (success) return;
  const tail = new TextDecoder().decode(stdout.length > 0 ? stdout : stderr).trimEnd().split("\n").slice(-10).join(
    "\n",
  );
  throw new Error(`Cannot run "${program} ${args.join(" ")}" as it failed with code ${code}: ${tail}`);
}
