/**
 * Leaves a worker only the language itself and a few pure helpers, all of it frozen: no call can reach the platform,
 * change what another call sees, or hear the worker's own messages. After SES (Agoric, "lockdown" and "harden").
 * Runs inside the worker as source text, so it refers to nothing outside itself.
 *
 * @param extras Globals to offer beside the language, such as a virtual `setTimeout`.
 */
export function lockdown(extras: Record<string, unknown>): void {
  const kept = new Set(
    ("globalThis Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp " +
      "Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError JSON Math Intl " +
      "ArrayBuffer SharedArrayBuffer Atomics DataView Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array " +
      "BigUint64Array BigInt64Array Uint8ClampedArray Float16Array Float32Array Float64Array Map BigInt Set WeakMap WeakSet " +
      "WeakRef FinalizationRegistry Iterator Proxy Reflect Temporal DisposableStack AsyncDisposableStack decodeURI " +
      "decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN " +
      "URL URLSearchParams TextEncoder TextDecoder atob btoa structuredClone").split(" "),
  );
  // Deno captures the engine's own queueMicrotask at the first use, by deleting the global: too late once it is frozen.
  queueMicrotask(() => {});
  for (const key of Object.getOwnPropertyNames(globalThis)) {
    const value = kept.has(key) ? Reflect.get(globalThis, key) : undefined;
    if (!kept.has(key)) {
      // The engine's own, such as gc(), cannot be deleted.
      if (!Reflect.deleteProperty(globalThis, key)) Object.defineProperty(globalThis, key, { value: undefined });
    } else if (key !== "globalThis") Object.defineProperty(globalThis, key, { value });
  }
  for (const key of Object.getOwnPropertyNames(RegExp)) {
    const legacy = Object.getOwnPropertyDescriptor(RegExp, key)!.get !== undefined;
    if (legacy) Reflect.deleteProperty(RegExp, key);
  }
  for (const [name, value] of Object.entries(extras)) Object.defineProperty(globalThis, name, { value });
  Object.setPrototypeOf(globalThis, Object.prototype);

  // A frozen property would refuse `error.name = …` on every instance; an accessor lets instances have their own.
  const allowOverride = (prototype: object, keys: string[]) => {
    for (const key of keys) {
      const { value, configurable, writable } = Object.getOwnPropertyDescriptor(prototype, key)!;
      if (!configurable || !writable) continue;
      Object.defineProperty(prototype, key, {
        get: () => value,
        set(own) {
          if (this === prototype) throw new TypeError(`Cannot change "${key}" as the sandbox's built-ins are frozen`);
          Object.defineProperty(this, key, { value: own, writable: true, enumerable: true, configurable: true });
        },
      });
    }
  };
  const errors = [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  for (const type of [Object, ...errors]) allowOverride(type.prototype, Object.getOwnPropertyNames(type.prototype));
  allowOverride(Function.prototype, ["constructor", "toString"]);

  const iterators = [
    [][Symbol.iterator](),
    ""[Symbol.iterator](),
    new Map().entries(),
    new Set().values(),
    "".matchAll(/./g),
  ];
  const functions = [function* () {}, async function () {}, async function* () {}];
  const seen = new Set<unknown>([globalThis]);
  const harden = (value: unknown) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    // A view of an array buffer cannot be frozen; none is among the built-ins.
    Object.freeze(value);
    harden(Object.getPrototypeOf(value));
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) {
      harden(descriptor.value);
      harden(descriptor.get);
      harden(descriptor.set);
    }
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      harden(Object.getOwnPropertyDescriptor(value, symbol)!.value);
    }
  };
  for (const root of [...iterators, ...functions, [].values(), Uint8Array]) harden(root);
  for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(globalThis))) {
    harden(descriptor.value ?? descriptor.get);
  }
  Object.freeze(globalThis);
}
