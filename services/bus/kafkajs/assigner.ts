/**
 * Round robin among the members that subscribe to a topic. The one that ships with kafkajs deals out the leader's topics to
 * every member, so two receivers of one group with different topics would each be given, and drop, partitions of the
 * other. The name and the protocol are the same: members of both kinds can share a group.
 */
import kafkajs, { type Assigner, type Cluster, type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const VERSION = 0
const NAME = 'RoundRobinAssigner'

export const subscribedRoundRobin: PartitionAssigner = ({ cluster }) =>
  ({
    name: NAME,
    version: VERSION,
    async assign({ members, topics }) {
      const subscriptions = members.map(({ memberId, memberMetadata }) => ({
        member: memberId,
        topics: MemberMetadata.decode(memberMetadata)?.topics ?? topics,
      }))
      const counts = await partitionsOf(cluster, [
        ...new Set(subscriptions.flatMap((s) => s.topics)),
      ])
      const dealt = deal(subscriptions, counts)
      return [...dealt].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }))
    },
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
    }),
  }) satisfies Assigner

async function partitionsOf(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  await cluster.addMultipleTargetTopics([...topics])
  return new Map(
    topics.map((topic) => [
      topic,
      cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => partitionId)
        .toSorted((a, b) => a - b),
    ]),
  )
}

export interface Subscription {
  readonly member: string
  readonly topics: readonly string[]
}

/** Each partition goes to the subscriber that has the fewest so far; the same input is always dealt in the same way. */
export function deal(
  subscriptions: readonly Subscription[],
  partitions: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, Record<string, number[]>> {
  const members = subscriptions.toSorted((a, b) => (a.member < b.member ? -1 : 1))
  const dealt = new Map<string, Record<string, number[]>>(members.map(({ member }) => [member, {}]))
  const load = new Map<string, number>(members.map(({ member }) => [member, 0]))
  for (const topic of [...partitions.keys()].toSorted()) {
    const readers = members.filter(({ topics }) => topics.includes(topic))
    for (const partition of partitions.get(topic) ?? []) {
      const [first, ...others] = readers
      if (first === undefined) continue
      const least = others.reduce(
        (a, b) => (load.get(b.member)! < load.get(a.member)! ? b : a),
        first,
      )
      load.set(least.member, load.get(least.member)! + 1)
      const own = dealt.get(least.member)!
      own[topic] = [...(own[topic] ?? []), partition]
    }
  }
  return dealt
}
