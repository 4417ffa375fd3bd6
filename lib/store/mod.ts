/**
 * Objects by path, with put-if-absent: the primitive that commits to the lake rest on.
 *
 * @module
 */
export { getObject, putObject } from "./objects.ts";
export { openStore, type StoreLocation } from "./open_store.ts";
export type { Held, Store, StoredObject } from "./store.ts";
