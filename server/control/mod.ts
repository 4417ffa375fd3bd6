/**
 * The control plane: configuration of endpoints, the model registry, where things are.
 *
 * @module
 */
export { type ControlOptions, startControl } from "./start_control.ts";
