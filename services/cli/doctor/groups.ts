/** Judges a consumer group: whether it can be used, and whether it stands where there is something to read. */
import type { GroupFacts, OffsetRange, Refused } from '#/bus/kafkajs/inspect.ts'
import type { Check } from './check.ts'

export interface GroupReading {
  readonly topic: string
  readonly offsets: readonly OffsetRange[] | Refused
  readonly committed: ReadonlyMap<number, number> | Refused
}

export function checkGroup(
  group_id: string,
  group: GroupFacts | Refused,
  readings: readonly GroupReading[],
): readonly Check[] {
  const about = { area: 'group', subject: group_id } as const
  if ('refused' in group)
    return [
      {
        ...about,
        status: 'fail',
        message: `this user may not use it: ${group.refused}`,
        fix: `allow Read on group ${group_id}`,
      },
    ]
  if (group.protocol_type !== '' && group.protocol_type !== 'consumer')
    return [
      {
        ...about,
        status: 'fail',
        message: `it is no group of consumers but of ${group.protocol_type}`,
        fix: 'give the receiver another group_id',
      },
    ]
  const problems = readings.flatMap((reading) => checkReading(group_id, reading))
  if (problems.length > 0) return problems
  const members = group.members === 1 ? '1 member' : `${group.members} members`
  return [{ ...about, status: 'pass', message: `${members}, ${standing(readings)}` }]
}

function checkReading(
  group_id: string,
  { topic, offsets, committed }: GroupReading,
): readonly Check[] {
  const about = { area: 'group', subject: group_id } as const
  if ('refused' in committed || 'refused' in offsets)
    return [
      {
        ...about,
        status: 'fail',
        message: `this user may not see where it stands in ${topic}`,
        fix: `allow Read on group ${group_id} and Read on topic ${topic}`,
      },
    ]
  const at = (partition: number): number => committed.get(partition) ?? -1
  const lost = offsets.filter(
    ({ partition, oldest }) => at(partition) >= 0 && at(partition) < oldest,
  )
  const ahead = offsets.filter(({ partition, next }) => at(partition) > next)
  const checks: Check[] = []
  if (lost.length > 0)
    checks.push({
      ...about,
      status: 'warn',
      message: `in ${lost.length} partitions of ${topic} it stands before the oldest message: what lay between is lost`,
      fix: 'let workers run more often than the retention of the topic, or lengthen it',
    })
  if (ahead.length > 0)
    checks.push({
      ...about,
      status: 'warn',
      message: `in ${ahead.length} partitions of ${topic} it stands behind the end: the topic was made anew`,
      fix: 'nothing, reading begins at the oldest message; the loss is counted',
    })
  return checks
}

function standing(readings: readonly GroupReading[]): string {
  let waiting = 0
  let has_begun = false
  for (const { offsets, committed } of readings) {
    if ('refused' in offsets || 'refused' in committed) continue
    for (const { partition, next } of offsets) {
      const at = committed.get(partition) ?? -1
      if (at < 0) continue
      has_begun = true
      waiting += next - at
    }
  }
  return has_begun ? `${waiting} messages wait` : 'nothing committed yet'
}
