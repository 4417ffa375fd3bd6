/**
 * Results of `//| cache` cells, kept from run to run.
 *
 * @module
 */
export { type CacheOptions, type CachePlace, type CellCache, openCellCache } from "./cell_cache.ts";
export { cachedCells } from "./directive.ts";
