/**
 * Objects by path, with put-if-absent: the primitive that commits to the lake rest on.
 *
 * @module
 */
export { getObject, putObject } from "./objects.ts";
export { openStore, type S3Location, type StoreLocation, type StoreOptions } from "./open_store.ts";
export type { Held, Store, StoredObject } from "./store.ts";
