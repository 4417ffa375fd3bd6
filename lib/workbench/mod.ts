/**
 * One workbench opened as a whole: for the command line and the servers, and for notebooks.
 *
 * @module
 */
export { endpointPins, readSchemas } from "./endpoint_pins.ts";
export { type OpenInputs, openInputsNow } from "./inputs_now.ts";
export { type Notebook, open, type OpenOptions } from "./open.ts";
export { registerProduct } from "./register_product.ts";
export { registryOptions } from "./registry_options.ts";
export { type ShownTable, table } from "./show_table.ts";
export { openWorkbench, type Workbench, type WorkbenchOptions } from "./workbench.ts";
