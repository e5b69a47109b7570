import { createMemoryBus, type MemoryBus, type MemoryBusOptions } from '#/bus/memory/index.ts'
import type { Logger } from '#/core/ports.ts'
import type { OutgoingMessage } from '#/core/run.ts'
import { createDeadline, systemClock } from '#/telemetry/index.ts'
import { deadLetterMessage } from '#/worker/pipeline/dead-letters.ts'
import { redriveReason, type RedriveOptions } from '#/worker/pipeline/redrive.ts'

/** A dead-letter topic on the in-process bus, and runs of `redrive` over it. */

export const DEAD = 'dead-letters'
export const REDRIVE = 'redrive'

export interface Redriving {
  readonly bus: MemoryBus
  /** Values that were sent to the redrive topic. */
  sent(): readonly string[]
  readonly warnings: string[]
  redrive(options?: Partial<RedriveOptions>): ReturnType<typeof redriveReason>
}

export interface Letter {
  readonly value: string
  readonly topic?: string
  readonly attempt?: number
  readonly partition?: number
}

export function letterOf({
  value,
  topic = 'raw',
  attempt = 0,
  partition = 0,
}: Letter): OutgoingMessage {
  return deadLetterMessage({
    topic: DEAD,
    partition,
    coordinates: { origin: 'test', topic, partition: 0, offset: 1, timestamp: 1, attempt },
    reason: 'malformed',
    stage: 'scan',
    key: null,
    value: Buffer.from(value),
    headers: undefined,
    now_ms: 1,
  })
}

/** Letters from the topic `raw` have a redrive topic, others have none. */
export function createRedriving(
  letters: readonly Letter[],
  options: MemoryBusOptions = {},
): Redriving {
  const bus = createMemoryBus({ poison: true, ...options })
  bus.createTopic(DEAD, { partitions: 2 })
  bus.createTopic(REDRIVE, { max_message_bytes: 1_000 })
  for (const letter of letters) {
    const message = letterOf(letter)
    bus.publish(DEAD, message.partition, message)
  }
  const warnings: string[] = []
  return {
    bus,
    warnings,
    sent: () => bus.read(REDRIVE).map(({ value }) => String(value)),
    redrive: (more = {}) =>
      redriveReason({
        bus,
        clock: systemClock,
        logger: warningsTo(warnings),
        reason: 'malformed',
        dead_letter_topic: DEAD,
        topicFor: (topic) => (topic === 'raw' ? REDRIVE : undefined),
        dry_run: false,
        messages_max: Infinity,
        rate_per_s: Infinity,
        attempts_max: 5,
        stop: new AbortController().signal,
        deadline: () => createDeadline(systemClock, 1_000),
        ...more,
      }),
  }
}

function warningsTo(warnings: string[]): Logger {
  const ignore = (): void => {}
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    child: () => logger,
  }
  return logger
}
