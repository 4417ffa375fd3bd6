import { join } from "node:path";
import { installOnce, runProgram } from "./install.ts";

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
  const folder = await installOnce(name, artifacts, async (folder) => {
    await Deno.mkdir(folder);
    await Deno.writeTextFile(join(folder, "pom.xml"), pom(name, artifacts));
    const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${join(folder, "lib")}`];
    await runProgram("mvn", ["--quiet", "--batch-mode", "--file", join(folder, "pom.xml"), ...goal]);
  });
  return join(folder, "lib");
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
  return runProgram("java", args, input);
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
