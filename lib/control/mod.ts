/**
 * The control topic: signed requests, and the fold that decides which of them apply.
 *
 * @module
 */
export { type Control, type ControlAlert, type ControlAppended, type ControlOptions, openControl } from "./control.ts";
export { type ControlOp, type ControlRecord, type ControlRequest, recordReader } from "./request.ts";
export { type ControlSnapshot, loadState, saveState } from "./snapshot.ts";
export {
  type Activation,
  type ControlState,
  decide,
  EMPTY_STATE,
  type EndpointState,
  fold,
  type FunctionState,
  type ModelState,
  newestActivation,
  type Outcome,
  type Placed,
  type ProposedRevision,
  type RevisionState,
  type TokenState,
  type TopicState,
} from "./state.ts";
export { registerTopic, topicSchemas, type TopicSpec } from "./topic_spec.ts";
