import { join, resolve } from "node:path";
import { z } from "zod";
import { SETTINGS_FILE as FILE } from "./env/mod.ts";
import { type Address, parseAddress } from "./address.ts";
import { type BusSetting, busSetting } from "./bus_setting.ts";
import { type LakeSetting, lakeSetting } from "./lake_setting.ts";
import type { Source } from "./_location.ts";
import { type RegistrySetting, registrySetting } from "./registry_setting.ts";
import { readYaml } from "./yaml.ts";

/** The settings of one workbench: boathouse.yaml with the environment's overrides, folders absolute. */
export interface Settings {
  /** Folder that holds boathouse.yaml. */
  root: string;
  /** The message bus. */
  bus: BusSetting;
  /** The data lake; its `dir` is a folder of this machine whatever the kind. */
  lake: LakeSetting;
  /** The model registry. */
  registry: RegistrySetting;
  /** Memory that the loaded models of one process take together. */
  models: { memoryMb: number };
  /** Addresses of the two planes. */
  listen: { control: Address; serving: Address };
}

/** Absolute folders of this machine under the lake's `dir`; where the lake is a bucket, tables and objects are in there. */
export interface Paths {
  /** Delta tables. */
  tables: string;
  /** Objects named by their digest, and functions. */
  objects: string;
  /** The embedded registry and the signing key. */
  registry: string;
  /** Copies of notebooks that jobs and the demo ran. */
  runs: string;
  /** What can be made again: results of cells, durations of runs. */
  cache: string;
}

const schema = z.strictObject({
  bus: z.string().default("sqlite:lake/bus"),
  lake: z.string().default("file:lake"),
  registry: z.string().default("embedded"),
  models: z.strictObject({ memoryMb: z.number().int().min(16).default(1024) }).prefault({}),
  listen: z.strictObject({
    control: z.string().default("127.0.0.1:8400"),
    serving: z.string().default("127.0.0.1:8401"),
  }).prefault({}),
});

/**
 * Reads boathouse.yaml of a workbench and applies the environment's overrides (BOATHOUSE_BUS, BOATHOUSE_LAKE,
 * BOATHOUSE_REGISTRY, BOATHOUSE_LISTEN_CONTROL, BOATHOUSE_LISTEN_SERVING).
 *
 * @param root folder that holds boathouse.yaml
 * @param env environment variables; the process's own by default
 * @returns the settings
 * @throws {SyntaxError} when the file is no YAML
 * @throws {TypeError} when a key is unknown or has the wrong type
 * @throws {RangeError} when a URL or an address is not one that this version knows
 * @example
 * ```ts
 * import { loadSettings } from "./settings.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "bus: sqlite:data/bus");
 * const settings = loadSettings(dir, {});
 * if (settings.bus.kind !== "sqlite" || settings.bus.dir !== `${dir}/data/bus`) throw new Error("unexpected");
 * ```
 */
export function loadSettings(root: string, env: Record<string, string> = Deno.env.toObject()): Settings {
  const file = join(root, FILE);
  const raw = readYaml(Deno.readTextFileSync(file), FILE, schema, "settings");
  const from = (value: string, name: string): Source =>
    env[name] === undefined ? { url: value, where: FILE } : { url: env[name], where: `environment variable ${name}` };
  return {
    root: resolve(root),
    bus: busSetting(from(raw.bus, "BOATHOUSE_BUS"), root, env),
    lake: lakeSetting(from(raw.lake, "BOATHOUSE_LAKE"), root, env),
    registry: registrySetting(from(raw.registry, "BOATHOUSE_REGISTRY"), env),
    models: raw.models,
    listen: {
      control: addressOf(from(raw.listen.control, "BOATHOUSE_LISTEN_CONTROL")),
      serving: addressOf(from(raw.listen.serving, "BOATHOUSE_LISTEN_SERVING")),
    },
  };
}

/**
 * The folders of a workbench's lake.
 *
 * @param settings settings of the workbench
 * @returns absolute folders
 * @example
 * ```ts
 * import { lakePaths, loadSettings } from "./settings.ts";
 * const dir = Deno.makeTempDirSync();
 * Deno.writeTextFileSync(`${dir}/boathouse.yaml`, "");
 * if (lakePaths(loadSettings(dir, {})).runs !== `${dir}/lake/runs`) throw new Error("unexpected");
 * ```
 */
export function lakePaths(settings: Settings): Paths {
  const at = (name: string): string => join(settings.lake.dir, name);
  return {
    tables: at("tables"),
    objects: at("objects"),
    registry: at("registry"),
    runs: at("runs"),
    cache: at("cache"),
  };
}

function addressOf({ url: text, where }: Source): Address {
  const address = parseAddress(text);
  if (address) return address;
  throw new RangeError(`Cannot listen on "${text}" from ${where} as it is no HOST:PORT: set "127.0.0.1:8400"`);
}
