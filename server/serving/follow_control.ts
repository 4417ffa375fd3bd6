import type { Control, ControlState } from "../../lib/control/mod.ts";

/** What following needs. */
export interface FollowParts {
  /** The control topic. */
  control: Pick<Control, "follow">;
  /** Takes over a state; never runs twice at a time, and skips states that were overtaken meanwhile. */
  take(state: ControlState): Promise<void>;
  /** Told why the topic cannot be followed for now; null = it can. */
  onTrouble(reason: string | null): void;
  /** Ends the following. */
  signal: AbortSignal;
}

/** Wait before following is tried again. */
const RETRY_MS = 1_000;

/**
 * Follows topic `control` until told to end, whatever happens to the bus meanwhile.
 *
 * @param parts topic, what to do with a new state
 */
export async function followControl({ control, take, onTrouble, signal }: FollowParts): Promise<void> {
  let latest: ControlState | null = null, taking: Promise<void> | null = null;
  const takeLatest = async () => {
    for (let state = latest; state !== null; state = latest) {
      latest = null;
      await take(state).catch((error) => onTrouble((error as Error).message));
    }
  };
  const onChange = (state: ControlState) => {
    onTrouble(null);
    latest = state;
    taking ??= takeLatest().finally(() => taking = null);
  };
  while (!signal.aborted) {
    try {
      await control.follow({ signal, onChange });
    } catch (error) {
      if (signal.aborted) break;
      onTrouble((error as Error).message);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  await taking;
}
