/**
 * The control plane: configuration of endpoints, the model registry, where things are.
 *
 * @module
 */
export type { Address, Settings } from "../../lib/config/mod.ts";
export { type ControlOptions, startControl } from "./start_control.ts";
