/** What a token may be for. */
export const ROLES = ["viewer", "author", "operator", "service"] as const;

/** A role: who looks, who writes, who decides what is served, and programs. */
export type Role = typeof ROLES[number];

/** What a request needs to be allowed. */
export type Need = "see" | "read" | "call" | "try" | "publish" | "write" | "operate";

/** Roles by need (docs/architecture.md, "Access"). */
export const ALLOWED: Readonly<Record<Need, readonly Role[]>> = {
  see: ["viewer", "author", "operator", "service"],
  read: ["viewer", "author", "operator"],
  call: ["service", "author", "operator"],
  try: ["author", "operator"],
  publish: ["service", "author", "operator"],
  write: ["author", "operator"],
  operate: ["operator"],
};

/** Needs as a sentence says them. */
export const NEED_TEXT: Readonly<Record<Need, string>> = {
  see: "see what is served",
  read: "read",
  call: "call endpoints and models",
  try: "try functions",
  publish: "publish events and labels",
  write: "change what is not in force",
  operate: "change what is in force",
};
