/**
 * What `import … from "boathouse"` means inside a promoted function: only what runs without lake, files and network.
 *
 * @module
 */
export { defineFunction } from "./define.ts";
export { z } from "zod";
