import { ALERT } from "./alert.ts";
import { CONTROL } from "./control.ts";
import { EVALUATION } from "./evaluation.ts";
import type { EventType } from "./event_type.ts";
import { EXPOSURE } from "./exposure.ts";
import { GAP } from "./gap.ts";
import { HEALTH } from "./health.ts";
import { INFERENCE } from "./inference.ts";
import { LABEL } from "./label.ts";
import { METRIC } from "./metric.ts";
import { MODEL } from "./model.ts";
import { RUN } from "./run.ts";

/** The topics that only signed events of Boathouse itself may enter. */
export const RESERVED_TOPICS: readonly string[] = ["control", "alert", "evaluation", "model", "gap"];

/** The kinds of event that every Boathouse understands, by name. */
export const STANDARD_EVENTS: Readonly<Record<string, EventType>> = Object.fromEntries(
  [INFERENCE, LABEL, EXPOSURE, METRIC, HEALTH, MODEL, EVALUATION, RUN, CONTROL, ALERT, GAP].map((
    kind,
  ) => [kind.name, kind]),
);
