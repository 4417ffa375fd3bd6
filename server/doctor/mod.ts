/**
 * The examination of a workbench: what is reachable, what each backend proved and what is only promised.
 *
 * @module
 */
export { examine } from "./examine.ts";
export type { Finding } from "./finding.ts";
