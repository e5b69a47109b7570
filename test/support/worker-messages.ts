import assert from 'node:assert/strict'
import type { Header } from '#/core/run.ts'
import { problemsOf } from '../unit/attribution/schema.ts'
import { TOPICS, until, type TestWorker } from './worker.ts'

/** What goes into a test worker and what comes out of it, as JSON. */

export const KEY = Buffer.from('key-1')
export const TIMESTAMP = 1_795_089_601_000

export function publish(
  worker: TestWorker,
  value: Buffer | null,
  headers: readonly Header[] = [],
): number {
  return worker.bus.publish(TOPICS.raw, 0, { key: KEY, value, headers, timestamp: TIMESTAMP })
}

export interface Attribution {
  readonly outcome: string
  readonly reason?: string
  readonly owner?: { readonly id: string }
  readonly event_id: string
  readonly on_behalf_of?: string
  readonly suggested_owner?: string
}

/** The attribution in a published JSON message, valid by the published schema. */
export function attributionOf(value: Buffer | null | undefined): Attribution {
  const { attribution } = JSON.parse(value!.toString()) as { attribution: Attribution }
  assert.deepEqual(problemsOf(attribution), [])
  return attribution
}

/** Each of so many messages of the raw topic has its fate. */
export async function settled(worker: TestWorker, messages: number): Promise<void> {
  await until('every message has its fate', () => {
    const labels = { topic: TOPICS.raw, partition: '0' }
    const value = (name: string) => worker.meter.value(`whosecall_${name}_messages_total`, labels)
    return value('published') + value('dead_lettered') + value('filtered') === messages
  })
}
