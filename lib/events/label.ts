import { ANY, type EventType, eventType, NAME, TIME } from "./event_type.ts";

/** What a decision should have answered; of several with one name, the last by `at` wins. */
export const LABEL: EventType = eventType("label", { decision: NAME, value: ANY, at: TIME }, { name: NAME });
