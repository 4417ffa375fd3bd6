import { Buffer } from "node:buffer";
import { heartbeatV4, joinGroupV7, leaveGroupV4, ResponseError, syncGroupV5 } from "@platformatic/kafka";
import type { Membership } from "./bus.ts";
import { checkGroup } from "./_check.ts";
import { type Cluster, MEMBER_LANE } from "./_kafka_cluster.ts";
import { CODE, codeOf, isPassing } from "./_kafka_error.ts";

const SESSION_MS = 10_000; // after which a member that is silent has left
const BEAT_MS = 500; // after which a member knows that another has come or gone
const PROTOCOL = "boathouse"; // of its own: what it says need not be what consumers say
const WAYS = "share";

/** What the members of a generation agreed on. */
interface Generation {
  id: number;
  memberId: string;
  owned: ReadonlySet<string>;
}

/**
 * Joins the members that share the partitions of some topics. They meet in a group of Kafka beside that of the
 * positions: Kafka refuses commits of whoever is no member, and commits here come from any process.
 *
 * @param cluster The brokers.
 * @param group Name of the group; they meet in `<group>.members`.
 * @param topics Topics that are shared.
 * @returns The membership, when it has its first share.
 * @throws {RangeError} When the group has a bad name or there is no such topic.
 */
export async function joinGroup(cluster: Cluster, group: string, topics: readonly string[]): Promise<Membership> {
  checkGroup(group);
  const place = { cluster, group: `${group}.members`, topics, lane: MEMBER_LANE + crypto.randomUUID() };
  const stop = new AbortController();
  for (const topic of topics) await cluster.persist(`join "${group}"`, () => cluster.topic(`join "${group}"`, topic));
  let generation: Generation | null = await cluster.persist(`join "${group}"`, () => rejoin(place, ""));

  async function stay(): Promise<void> {
    while (!stop.signal.aborted) {
      await pause(BEAT_MS, stop.signal);
      if (stop.signal.aborted) return;
      const before: Generation | null = generation;
      if (before && await isAlive(place, before)) continue;
      generation = null; // for as long as the members agree anew, nobody owns anything
      generation = await rejoin(place, before?.memberId ?? "").catch(keepTrying);
    }
  }
  function keepTrying(error: unknown): null {
    if (cluster.isClosed()) stop.abort();
    if (!isPassing(error) && codeOf(error) === null) throw error;
    return null;
  }
  const staying = stay();
  staying.catch(() => {}); // told when the membership ends

  return {
    owns: (topic, partition) => generation?.owned.has(`${topic}/${partition}`) ?? false,
    async [Symbol.asyncDispose]() {
      stop.abort();
      const last = generation;
      generation = null;
      if (!last) await cluster.closeLane(place.lane); // the others may take long to agree
      await staying;
      if (last && !cluster.isClosed()) await leave(place, last);
      await cluster.closeLane(place.lane);
    },
  };
}

interface Place {
  cluster: Cluster;
  group: string;
  topics: readonly string[];
  lane: string;
}

async function isAlive({ cluster, group, lane }: Place, { id, memberId }: Generation): Promise<boolean> {
  try {
    await cluster.coordinator(group, (at) => heartbeatV4.api.async(at, group, id, memberId, null), lane);
    return true;
  } catch {
    return false; // the others agree anew, or the coordinator is away: joining again tells
  }
}

async function rejoin(place: Place, memberId: string): Promise<Generation> {
  try {
    return await joinOnce(place, memberId);
  } catch (error) {
    const code = codeOf(error);
    if (code === CODE.unknownMember && memberId !== "") return await rejoin(place, "");
    const { response } = error as ResponseError & { response?: { memberId?: string } };
    if (code === CODE.memberIdRequired && response?.memberId) return await joinOnce(place, response.memberId);
    throw error;
  }
}

/** Joins, and again under the same name for as long as others come between the joining and the sharing. */
async function joinOnce(place: Place, memberId: string): Promise<Generation> {
  for (let name = memberId;;) {
    const joined = await joinAndSync(place, name);
    if ("owned" in joined) return joined;
    name = joined.memberId;
  }
}

async function joinAndSync(
  { cluster, group, topics, lane }: Place,
  memberId: string,
): Promise<Generation | { memberId: string }> {
  const protocols = [{ name: WAYS, metadata: Buffer.from(JSON.stringify(topics)) }];
  return await cluster.coordinator(group, async (at) => {
    const joined = await joinGroupV7.api.async(at, group, SESSION_MS, SESSION_MS, memberId, null, PROTOCOL, protocols);
    const { generationId: id, leader } = joined;
    const shares = leader === joined.memberId ? await shareOut(cluster, joined.members) : [];
    try {
      const synced = await syncGroupV5.api.async(at, group, id, joined.memberId, null, PROTOCOL, WAYS, shares);
      const owned = synced.assignment.length === 0 ? [] : JSON.parse(synced.assignment.toString()) as string[];
      return { id, memberId: joined.memberId, owned: new Set(owned) };
    } catch (error) {
      if (codeOf(error) === CODE.rebalanceInProgress) return { memberId: joined.memberId };
      throw error;
    }
  }, lane);
}

/** Gives the partitions of each topic to its members in turn, going on with the next member at the next topic. */
async function shareOut(cluster: Cluster, members: readonly { memberId: string; metadata: Buffer }[]) {
  const wishes = members.map(({ memberId, metadata }) => ({
    memberId,
    topics: new Set(JSON.parse(metadata.toString()) as string[]),
  })).sort((a, b) => a.memberId < b.memberId ? -1 : 1);
  const shares = new Map(wishes.map(({ memberId }) => [memberId, [] as string[]]));
  const topics = (await cluster.topics()).filter(({ topic }) => wishes.some((wish) => wish.topics.has(topic)));
  let turn = 0;
  for (const { topic, leaders } of topics) {
    const takers = wishes.filter((wish) => wish.topics.has(topic));
    for (const partition of leaders.keys()) {
      shares.get(takers[turn++ % takers.length]!.memberId)!.push(`${topic}/${partition}`);
    }
  }
  return [...shares].map(([memberId, owned]) => ({ memberId, assignment: Buffer.from(JSON.stringify(owned)) }));
}

async function leave({ cluster, group, lane }: Place, { memberId }: Generation): Promise<void> {
  try {
    await cluster.coordinator(group, (at) => leaveGroupV4.api.async(at, group, [{ memberId }]), lane);
  } catch (error) {
    if (!isPassing(error) && codeOf(error) === null) throw error; // a coordinator that is away finds out by itself
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
