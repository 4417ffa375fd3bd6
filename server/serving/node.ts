import type { Bus } from "../../lib/bus/mod.ts";
import type { FunctionSchemas, PinnedCall } from "../../lib/endpoints/mod.ts";
import type { AnswerEffects } from "./answer.ts";
import type { ModelEffects } from "./answer_model.ts";
import type { Access } from "../auth/mod.ts";
import type { Documents } from "./api/documents.ts";
import type { AcceptedType } from "./event_types.ts";
import type { EventWriter } from "./event_writer.ts";
import type { FoundDecision } from "./find_decision.ts";
import type { Once } from "./once.ts";
import type { Served } from "./served.ts";
import type { ShadowCalls } from "./shadow_calls.ts";

/** A function made ready for trying. */
export interface TriedFunction {
  /** The function and its models. */
  call: PinnedCall;
  /** Its schemas. */
  schemas: FunctionSchemas;
}

/** A serving node as its routes see it. */
export interface ServingNode {
  /** Name of the node. */
  name: string;
  /** What answering needs. */
  effects: AnswerEffects & ModelEffects;
  /** Calls shadows of answers. */
  shadows: ShadowCalls;
  /** Answers by idempotency key. */
  once: Once;
  /** The bus. */
  bus: Pick<Bus, "publish">;
  /** Event writer. */
  writer: EventWriter;
  /** What is served now. */
  served(): Served;
  /** Who may ask now. */
  access(): Access;
  /** Accepted event types now, by CloudEvents type. */
  types(): ReadonlyMap<string, AcceptedType>;
  /** True until everything that was active at the start is ready to answer. */
  starting(): boolean;
  /** Why the node is not ready; empty when it is. A node that is unready after its start answers by its last state. */
  unready(): string[];
  /** What is wrong although the node is ready. */
  degraded(): string[];
  /** Bytes free on the disk of the lake. */
  diskFreeBytes(): number;
  /** Makes a function ready for trying by `name` or `name@hash`; null = not promoted. */
  findFunction(ref: string): Promise<TriedFunction | null>;
  /** What the node tells of its interface. */
  documents: Documents;
  /** Finds what is known of a decision by its id; null = nothing. */
  findDecision(id: string): Promise<FoundDecision | null>;
  /** Requests being answered, and labels taken that name what can be no decision. */
  load: { inFlight: number; unknownLabels: number };
}

/** Sandbox in which functions are tried: apart from those that serve. */
export const TRY_PRODUCT = "try";
