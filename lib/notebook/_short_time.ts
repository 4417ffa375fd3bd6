/** A time at midnight is a day, and others go without what they do not tell. */
export function shortTime(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, (_, day, time, part = "") => {
    const rest = part.replace(/\.?0+$/, "");
    return time === "00:00:00" && rest === "" ? day : `${day} ${time}${rest}`;
  });
}
