/** Where the channels of a kernel are, as the file says that a client writes for it. */
export interface ConnectionFile {
  transport: "tcp" | "ipc";
  /** Address, or with `ipc` the start of the sockets' paths. */
  ip: string;
  key: string;
  ports: Record<ChannelName, number>;
}

/** The five channels of Jupyter. */
export type ChannelName = (typeof CHANNELS)[number];

const CHANNELS = ["shell", "iopub", "stdin", "control", "hb"] as const;

/**
 * Reads a connection file.
 *
 * @param text Its text.
 * @param file Its name, for errors.
 * @throws {SyntaxError} When it is no JSON.
 * @throws {TypeError} When a field is missing or has another type.
 * @throws {RangeError} When it asks for a transport or a signature that this kernel has not.
 */
export function readConnectionFile(text: string, file: string): ConnectionFile {
  const raw = parseJson(text, file);
  const refuse = (field: string, rule: string) =>
    `Cannot use connection file "${file}" as "${field}" must be ${rule}: got ${JSON.stringify(raw[field])}`;
  const textField = (field: string): string => {
    const value = raw[field];
    if (typeof value === "string") return value;
    throw new TypeError(refuse(field, "text"));
  };
  const portOf = (name: ChannelName): number => {
    const port = raw[`${name}_port`];
    if (Number.isInteger(port) && port as number > 0 && port as number < 65_536) return port as number;
    throw new TypeError(refuse(`${name}_port`, "a port, from 1 to 65535"));
  };
  const transport = textField("transport");
  if (transport !== "tcp" && transport !== "ipc") throw new RangeError(refuse("transport", "tcp or ipc"));
  const key = textField("key");
  if (key !== "" && textField("signature_scheme") !== "hmac-sha256") {
    throw new RangeError(refuse("signature_scheme", "hmac-sha256"));
  }
  const ports = Object.fromEntries(CHANNELS.map((name) => [name, portOf(name)])) as ConnectionFile["ports"];
  return { transport, ip: textField("ip"), key, ports };
}

function parseJson(text: string, file: string): Record<string, unknown> {
  const refuse = (found: string) => `Cannot use connection file "${file}" as it must be a JSON object: ${found}`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(refuse(cause instanceof Error ? cause.message : String(cause)), { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError(refuse("it is something else"));
}
