/** A session with V8's inspector (Chrome DevTools Protocol over a WebSocket). */
export interface Inspector extends AsyncDisposable {
  /**
   * Calls a method of the protocol.
   *
   * @throws {SessionEnded} When the session ends before the other side answers.
   * @throws {CallCutOff} When it is to be called again.
   * @throws {EvaluationLost} When what it waits for can never come.
   * @throws {Error} When the method fails.
   */
  call<T>(method: string, params?: object): Promise<T>;
}

/** A value in the inspected process, as the protocol shows it. */
export interface RemoteObject {
  /** Handle of an object; values have none. */
  objectId?: string;
  /** A value that JSON has. */
  value?: unknown;
  /** A value that JSON lacks, for example `10n` or `NaN`. */
  unserializableValue?: string;
  /** The class of an object, for example `SyntaxError`. */
  className?: string;
}

/** What `Runtime.evaluate` and `Runtime.callFunctionOn` answer. */
export interface Evaluated {
  /** The value. */
  result: RemoteObject;
  /** What was thrown, if anything was. */
  exceptionDetails?: {
    lineNumber: number;
    columnNumber: number;
    exception?: RemoteObject;
  };
}

/**
 * Opens a session.
 *
 * @param url Address that the inspected process printed, `ws://…`.
 * @returns The session.
 * @throws {Error} When nobody answers there.
 */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let lastId = 0;
  socket.onopen = () => opened.resolve();
  socket.onerror = () =>
    opened.reject(new Error("Cannot reach cell process as it must answer: its inspector does not"));
  socket.onmessage = ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as Answer;
    const call = waiting.get(id ?? 0);
    waiting.delete(id ?? 0);
    if (error) call?.reject(failureOf(error.message));
    else call?.resolve(result);
  };
  socket.onclose = () => {
    closed.resolve();
    for (const { reject } of waiting.values()) reject(new SessionEnded());
    waiting.clear();
  };
  await opened.promise;
  return {
    call: <T>(method: string, params: object = {}) => {
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new SessionEnded());
      const id = ++lastId;
      const call = Promise.withResolvers<unknown>();
      waiting.set(id, call);
      socket.send(JSON.stringify({ id, method, params }));
      return call.promise as Promise<T>;
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await closed.promise;
    },
  };
}

interface Answer {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

function failureOf(message: string): Error {
  // Of a process that is about to end, as after an error that nothing caught.
  if (message === "Execution context was destroyed.") return new SessionEnded();
  if (message === "Promise was collected") return new EvaluationLost();
  if (message === "Couldn't parse value object in call argument") return new CallCutOff();
  return new Error(`Cannot evaluate as the inspector must allow it: ${message}`);
}

/** What was waited for has been collected as garbage, as after V8 was made to end an evaluation. */
export class EvaluationLost extends Error {
  constructor() {
    super("Cannot wait for evaluation as something must be able to end it: nothing refers to it any more");
  }
}

/** V8 was made to end what runs just as it took the arguments of a call: the function has not been entered. */
export class CallCutOff extends Error {
  constructor() {
    super("Cannot call function as V8 must take its arguments: it was made to end what runs just then");
  }
}

/** The inspected process is gone; why, its exit tells. */
export class SessionEnded extends Error {
  constructor() {
    super("Cannot evaluate as the cell process must be there: it has ended");
  }
}
