import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import express from "express";

/** A request as Express hands it on; Express brings no types of its own. */
export type ExpressRequest = IncomingMessage & {
  /** Path and query as asked. */
  originalUrl: string;
  /** Path below the mount. */
  path: string;
  /** Parts of the path by name. */
  params: Record<string, string>;
  /** Parsed body. */
  body: unknown;
};

/** A response as Express hands it on. */
export type ExpressResponse = ServerResponse & {
  /** Sets the status. */
  status(code: number): ExpressResponse;
  /** Answers with JSON. */
  json(body: unknown): ExpressResponse;
  /** Sets the media type. */
  type(type: string): ExpressResponse;
  /** Answers with text. */
  send(body: string): ExpressResponse;
};

/** Passes on to the next handler, or to the error handler. */
export type Next = (error?: unknown) => void;
/** Answers a request; what it throws or rejects with goes to the error handler. */
export type Handler = (request: ExpressRequest, response: ExpressResponse, next: Next) => void | Promise<void>;
/** Answers in place of a handler that failed. */
export type ErrorHandler = (
  error: unknown,
  request: ExpressRequest,
  response: ExpressResponse,
  next: Next,
) => void | Promise<void>;

/** The part of an Express application that is used here. */
export interface App {
  /** Adds a handler for all methods of all paths. */
  use(...handlers: Handler[]): App;
  /** Adds a handler for all methods under a path. */
  use(path: string | string[], ...handlers: Handler[]): App;
  /** Adds a handler of GET. */
  get(path: string, ...handlers: Handler[]): App;
  /** Adds a handler of POST. */
  post(path: string, ...handlers: Handler[]): App;
  /** Switches a setting off. */
  disable(setting: string): App;
}

interface Express {
  (): App & RequestListener;
  json(options: { limit: string; strict: boolean }): Handler;
}

const typed = express as unknown as Express;

/**
 * Makes an Express application.
 *
 * @returns the application, which is also a request listener
 */
export function createApp(): App & RequestListener {
  return typed().disable("x-powered-by") as App & RequestListener;
}

/**
 * Makes a handler that parses bodies of type application/json.
 *
 * @param limit largest body, for example `1mb`
 * @returns the handler
 */
export function jsonBody(limit: string): Handler {
  return typed.json({ limit, strict: true });
}

/**
 * Adds the handler that answers in place of those that failed.
 *
 * @param app application, all other handlers added
 * @param handler handler of four parameters, by which Express knows it
 */
export function onError(app: App, handler: ErrorHandler): void {
  app.use(handler as unknown as Handler);
}
