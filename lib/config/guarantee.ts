/** Something that a backend owes its users, and how sure it is. */
export interface Guarantee {
  /** What it is about, for example `put-if-absent` or `topic "flights": bus time`. */
  name: string;
  /** proved: tried, or read from the backend's own settings, now; promised: cannot be tried from here; broken: not so. */
  state: "proved" | "promised" | "broken";
  /** How it was proved, what it rests on, or what is wrong with the way out. */
  detail: string;
}
