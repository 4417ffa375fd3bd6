import { join } from "node:path";
import { mavenJars } from "./maven.ts";
import { pythonEnv, runPython } from "./python.ts";

// The newest Delta whose jar is on Maven Central; the artifact's name carries Spark's version.
const ARTIFACTS = ["io.delta:delta-spark_4.2_2.13:4.4.0"];

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
  const lib = await mavenJars("spark", ARTIFACTS);
  const jars = await Array.fromAsync(Deno.readDir(lib), ({ name }) => name);
  return {
    python: await pythonEnv("spark", ["pyspark==4.2.0"]),
    jars: jars.filter((name) => /^(delta|unitycatalog)-.*\.jar$/.test(name)).sort().map((name) => join(lib, name)),
  };
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
    "spark.driver.extraJavaOptions":
      `-Duser.timezone=UTC -Dderby.system.home=${dir} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC`,
    "spark.sql.warehouse.dir": join(dir, "warehouse"),
    "spark.local.dir": dir,
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    // Tables of tests are small: what compiles and spreads work costs more than it saves.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.log.level": "ERROR",
    "spark.databricks.delta.snapshotPartitions": "1",
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
