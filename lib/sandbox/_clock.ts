/**
 * Puts `Date`, `Intl` and `Temporal.Now` of a worker on the clock of the running call.
 * Runs inside the worker as source text, so it refers to nothing outside itself.
 *
 * @param nowMs The call's time in epoch milliseconds.
 */
export function installClock(nowMs: () => number): void {
  const RealDate = Date;
  const VirtualDate = function Date(...args: unknown[]) {
    if (!new.target) return new RealDate(nowMs()).toString();
    return Reflect.construct(RealDate, args.length > 0 ? args : [nowMs()], new.target);
  };
  const define = (target: object, name: string, value: unknown) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  VirtualDate.prototype = RealDate.prototype;
  define(VirtualDate, "name", "Date");
  define(VirtualDate, "length", 7);
  define(VirtualDate, "now", () => nowMs());
  define(VirtualDate, "parse", RealDate.parse);
  define(VirtualDate, "UTC", RealDate.UTC);
  define(RealDate.prototype, "constructor", VirtualDate);
  define(globalThis, "Date", VirtualDate);

  const formats = Intl.DateTimeFormat.prototype;
  const format = Object.getOwnPropertyDescriptor(formats, "format")!.get!;
  Object.defineProperty(formats, "format", {
    configurable: true,
    get() {
      const bound = format.call(this);
      return (date?: number) => bound(date === undefined ? nowMs() : date);
    },
  });
  const formatToParts = formats.formatToParts;
  define(formats, "formatToParts", function (this: Intl.DateTimeFormat, date?: number) {
    return formatToParts.call(this, date === undefined ? nowMs() : date);
  });

  const temporal = Reflect.get(globalThis, "Temporal");
  if (temporal === undefined) return;
  const instant = () => temporal.Instant.fromEpochMilliseconds(nowMs());
  const zoned = (zone = "UTC") => instant().toZonedDateTimeISO(zone);
  define(temporal.Now, "instant", instant);
  define(temporal.Now, "timeZoneId", () => "UTC");
  define(temporal.Now, "zonedDateTimeISO", zoned);
  define(temporal.Now, "plainDateTimeISO", (zone?: string) => zoned(zone).toPlainDateTime());
  define(temporal.Now, "plainDateISO", (zone?: string) => zoned(zone).toPlainDate());
  define(temporal.Now, "plainTimeISO", (zone?: string) => zoned(zone).toPlainTime());
}
