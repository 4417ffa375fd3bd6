import { readEnv } from "../../lib/config/mod.ts";
import { examine, type Finding } from "../doctor/mod.ts";
import { textTable } from "./text_table.ts";
import type { Action } from "./verb.ts";

/** The verb `doctor`: exit code 1 when something is broken. */
export const doctor: Action = async ({ root }) => {
  const findings = await examine(root(), readEnv());
  const broken = findings.filter(({ state }) => state === "broken");
  return {
    json: findings.map((finding) => ({ ...finding })),
    text: `${textTable(withoutRepeats(findings))}\n\n${summary(findings)}`,
    exitCode: broken.length === 0 ? 0 : 1,
  };
};

function withoutRepeats(findings: readonly Finding[]) {
  return findings.map(({ part, name, state, detail }, at) => ({
    part: findings[at - 1]?.part === part ? "" : part,
    name,
    state,
    detail,
  }));
}

function summary(findings: readonly Finding[]): string {
  const counts = (["proved", "promised", "off", "broken"] as const).map((state) =>
    [state, findings.filter((finding) => finding.state === state).length] as const
  );
  return counts.filter(([state, count]) => count > 0 || state === "broken").map((pair) => pair.toReversed().join(" "))
    .join(", ");
}
