/**
 * Verdicts from files alone: a face of its own, because reports and differences take a twentieth of a second to load.
 *
 * @module
 */
export { deltaText } from "../diff/value_change.ts";
export { isCode } from "../notebook.ts";
export { readNotebook } from "../read.ts";
export { visible } from "../visible.ts";
export type { Freshness, InputsNow } from "../input_now.ts";
export { openSources, readText, type Sources } from "../sources.ts";
export { type CellVerdicts, type InputsVerdict, type ProofVerdict, type Verdict, worstVerdicts } from "../verdicts.ts";
export { judgeNotebook, verifyNotebook, type VerifyOptions } from "../verify.ts";
