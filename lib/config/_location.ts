/** A URL of the settings. */
export interface Source {
  /** As it was given. */
  url: string;
  /** For example `boathouse.yaml`. */
  where: string;
}

/**
 * Refuses a URL.
 *
 * @param what setting, such as `lake`
 * @param source the URL and where it stands
 * @param why what is wrong
 * @param wayOut what may be set
 * @throws {RangeError} always
 */
export function refuse(what: string, { url, where }: Source, why: string, wayOut: string): never {
  throw new RangeError(`Cannot use ${what} "${url}" from ${where} as ${why}: set ${wayOut}`);
}

/**
 * Refuses a URL that holds a name, a password or a key, without repeating it.
 *
 * @param what setting, such as `lake`
 * @param source the URL and where it stands
 * @param variables environment variables that are for it
 * @throws {RangeError} when it does
 */
export function refuseSecrets(what: string, { url, where }: Source, variables: string): void {
  const isSecret = url.split("?")[0]!.includes("@") ||
    /[?&][^=&]*(?:secret|password|token|key|user|credential)/i.test(url);
  if (!isSecret) return;
  throw new RangeError(
    `Cannot use ${what} from ${where} as a URL must not hold names, passwords or keys: set the environment variables ${variables}`,
  );
}

/**
 * Reads the parameters behind the question mark of a URL.
 *
 * @param what setting, such as `lake`
 * @param source the URL and where it stands
 * @param query the parameters
 * @param names those that are known
 * @param wayOut what may be set
 * @returns values by name
 * @throws {RangeError} when one is unknown or given twice
 */
export function checkParameters<N extends string>(
  what: string,
  source: Source,
  query: string,
  names: readonly N[],
  wayOut: string,
): Partial<Record<N, string>> {
  const values: Partial<Record<N, string>> = {};
  for (const [given, value] of new URLSearchParams(query)) {
    const name = names.find((one) => one === given);
    if (name === undefined) refuse(what, source, `the parameter "${given}" is not known`, wayOut);
    if (values[name] !== undefined) refuse(what, source, `the parameter "${given}" is given twice`, wayOut);
    values[name] = value;
  }
  return values;
}
