import type { Json } from "../../lib/events/mod.ts";

/** What a problem carries beside its status and sentence. */
export interface ProblemOptions {
  /** JSON pointer of what is wrong in the request's body. */
  pointer?: string;
  /** Seconds after which the caller may try again. */
  retryAfterS?: number;
  /** Further members of the body. */
  members?: Record<string, Json>;
  /** Further headers. */
  headers?: Record<string, string>;
  /** What led to it; never shown to the caller. */
  cause?: unknown;
}

/** A request that cannot be answered as asked: thrown by routes, turned into problem details (RFC 9457) by the router. */
export class Problem extends Error {
  /**
   * Makes a problem.
   *
   * @param status HTTP status, 400 to 599
   * @param detail one sentence for the caller
   * @param options pointer, retry, members, headers
   */
  constructor(readonly status: number, detail: string, readonly options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "Problem";
  }
}

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** Problem details as they stand in a body (RFC 9457, section 3). */
export interface ProblemBody {
  /** Kind of problem; `about:blank` = the status says it all. */
  type: "about:blank";
  /** Name of the status. */
  title: string;
  /** HTTP status. */
  status: number;
  /** One sentence for the caller. */
  detail: string;
  /** Where in the request's body. */
  errors?: { pointer: string; detail: string }[];
  /** What else the problem says. */
  [member: string]: unknown;
}

/**
 * Writes a problem as problem details.
 *
 * @param problem the problem
 * @returns the body
 */
export function problemBody({ status, message, options }: Problem): ProblemBody {
  return {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    detail: message,
    ...options.members,
    ...(options.pointer === undefined
      ? {}
      : { errors: [{ pointer: `#${encodeURI(options.pointer)}`, detail: message }] }),
  };
}

/**
 * Answers with a problem.
 *
 * @param problem the problem
 * @returns a response of type application/problem+json
 */
export function problemResponse(problem: Problem): Response {
  const { headers, retryAfterS } = problem.options;
  return new Response(JSON.stringify(problemBody(problem)), {
    status: problem.status,
    headers: {
      "content-type": "application/problem+json",
      ...(retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) }),
      ...headers,
    },
  });
}

/**
 * Turns whatever was thrown into a problem; what is none becomes a 500 that tells the caller nothing of the inside.
 *
 * @param error what was thrown
 * @returns the problem
 */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(500, "The request could not be answered because of a fault of the server", { cause: error });
}

/**
 * Makes a 422 of a schema's reason, which begins with the JSON pointer.
 *
 * @param reason for example `/hour must be integer: got "7"`
 * @param at pointer of the checked value in the body
 * @returns the problem
 */
export function misfit(reason: string, at = ""): Problem {
  const end = reason.indexOf(" must ");
  const pointer = reason.startsWith("/") && end > 0 ? reason.slice(0, end) : "";
  return new Problem(422, reason, { pointer: at + pointer });
}
