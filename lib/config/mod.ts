/**
 * Settings of a workbench and its products: boathouse.yaml, product.yaml, the environment, the signing key, durations.
 *
 * @module
 */
export type { Address } from "./address.ts";
export type { BusSetting } from "./bus_setting.ts";
export type { LakeSetting } from "./lake_setting.ts";
export { findRoot, readDuration, readEnv } from "./env/mod.ts";
export { lakePaths, loadSettings, type Paths, type Settings } from "./settings.ts";
export { freeBytes } from "./disk.ts";
export type { Guarantee } from "./guarantee.ts";
export { hostSecret } from "./host_secret.ts";
export { isLoopback, signingKey } from "./signing_key.ts";
export {
  type EvaluationSpec,
  type JobSpec,
  listProducts,
  loadProduct,
  type MetricSpec,
  type Product,
  productAbove,
  type ProductTopic,
  type Threshold,
} from "./product.ts";
export { tellRecordedUse } from "./recorded_use.ts";
export type { RegistryLogin, RegistrySetting } from "./registry_setting.ts";
export { accessHeaders } from "./access_headers.ts";
export { webhookSecret } from "./webhook_secret.ts";
export { type Check, readYaml } from "./yaml.ts";
export { pathExists } from "./path_exists.ts";
