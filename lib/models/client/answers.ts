import { z } from "zod";
import { RegistryError } from "./registry_error.ts";

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 64 * 1024;
const MAX_SHOWN = 200;

const REFUSAL = z.object({
  error_code: z.union([z.string(), z.number()]).transform(String),
  message: z.string().default(""),
});

/**
 * Lets a good answer through.
 *
 * @param response what the registry answered
 * @param what the call, for messages
 * @returns the same response
 * @throws {RegistryError} when the registry refused, with its code; or when somebody else answered, or it redirects
 */
export async function acceptAnswer(response: Response, what: string): Promise<Response> {
  if (response.ok) return response;
  const target = response.headers.get("location");
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new RegistryError(
      "INTERNAL_ERROR",
      `Cannot call "${what}" as the registry must answer itself: it redirects to ` +
        `"${target?.split("?")[0] ?? "nowhere"}"; set registry to the address that answers`,
    );
  }
  const text = await readText(response, MAX_REFUSAL_BYTES, what);
  const { data } = REFUSAL.safeParse(parseJson(text));
  if (data) throw new RegistryError(data.error_code, data.message);
  if (response.status === 401 || response.status === 403) {
    throw new RegistryError(
      "PERMISSION_DENIED",
      `Cannot call "${what}" as the registry must know who asks: got ${response.status}; set MLFLOW_TRACKING_TOKEN, ` +
        `or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD`,
    );
  }
  throw new RegistryError(
    response.status === 404 ? "ENDPOINT_NOT_FOUND" : "INTERNAL_ERROR",
    `Cannot call "${what}" as the registry must answer in MLflow's form: got ${response.status} ` +
      `${text.slice(0, MAX_SHOWN)}; check its address and its log`,
  );
}

/**
 * Reads a good answer.
 *
 * @param response the answer
 * @param answer its shape
 * @param what the call, for messages
 * @returns the value
 * @throws {RegistryError} when it is no JSON of that shape, or without end
 */
export async function readAnswer<T>(response: Response, answer: z.ZodType<T>, what: string): Promise<T> {
  const text = await readText(response, MAX_ANSWER_BYTES, what);
  const value = parseJson(text);
  if (value === undefined) {
    const found = text === "" ? "nothing" : text.slice(0, MAX_SHOWN);
    throw unreadable(what, `got ${found}; check that the address is an MLflow server's`);
  }
  const result = answer.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw unreadable(what, `${path.join(".")} ${message}`);
}

/** Bounded, because whoever answers may never end. */
async function readText(response: Response, maxBytes: number, what: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw unreadable(what, `it is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function unreadable(what: string, found: string): RegistryError {
  return new RegistryError(
    "INTERNAL_ERROR",
    `Cannot read the registry's answer to "${what}" as it must be MLflow's: ${found}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}
