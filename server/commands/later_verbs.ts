/** Verbs that belong to the command line and are not in this version; they are refused by name. */
export const LATER_VERBS: readonly string[] = [
  "init",
  "new-workbench",
  "bus move",
  "lake resend",
  "lake forget",
  "endpoint pull",
  "endpoint diff",
  "endpoint approve",
  "endpoint history",
  "experiment widen",
  "experiment stop",
  "monitor",
];
