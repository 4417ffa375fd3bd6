/** Status by MLflow's error code, for the codes that the embedded registry gives (mlflow/exceptions.py). */
export const STATUS_OF = {
  INVALID_PARAMETER_VALUE: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  RESOURCE_DOES_NOT_EXIST: 404,
  ENDPOINT_NOT_FOUND: 404,
  INVALID_STATE: 500,
  NOT_IMPLEMENTED: 501,
  INTERNAL_ERROR: 500,
} as const;

/** What a model registry answered instead of a result. */
export class RegistryError extends Error {
  /** MLflow's error code, for example `RESOURCE_DOES_NOT_EXIST`. */
  readonly code: string;

  /**
   * Makes the error.
   *
   * @param code MLflow's error code
   * @param message what was found
   * @param options what caused it
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RegistryError";
    this.code = code;
  }
}

/**
 * Makes the error of a parameter that does not hold what it should.
 *
 * @param message what was found
 * @returns the error, code INVALID_PARAMETER_VALUE
 */
export function invalid(message: string): RegistryError {
  return new RegistryError("INVALID_PARAMETER_VALUE", message);
}

/**
 * Makes the error of a resource that is not there.
 *
 * @param message what was looked for
 * @returns the error, code RESOURCE_DOES_NOT_EXIST
 */
export function missing(message: string): RegistryError {
  return new RegistryError("RESOURCE_DOES_NOT_EXIST", message);
}

/**
 * Makes the error of a resource that is there already.
 *
 * @param message what was found
 * @returns the error, code RESOURCE_ALREADY_EXISTS
 */
export function taken(message: string): RegistryError {
  return new RegistryError("RESOURCE_ALREADY_EXISTS", message);
}
