/**
 * What both planes share of HTTP: problem details, bounded bodies, and which pages may ask.
 *
 * @module
 */
export type { Address } from "../../lib/config/mod.ts";
export type { Json } from "../../lib/events/mod.ts";
export { listenError, refuseForeign } from "./guard.ts";
export {
  asProblem,
  misfit,
  Problem,
  type ProblemBody,
  problemBody,
  type ProblemOptions,
  problemResponse,
} from "./problem.ts";
export { type BodyLimits, MAX_DEPTH, mediaType, readBytes, readJson } from "./read_json.ts";
