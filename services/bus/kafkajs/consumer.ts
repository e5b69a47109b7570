import type { Consumer } from '#/core/bus.ts'
import type { Started } from '#/core/component.ts'
import { connectAdmin, once } from './admin.ts'
import { unreachable } from './errors.ts'
import { createMembers, type KafkaConsumerOptions } from './members.ts'
import { aborted } from './producer.ts'
import { createTopicWatch } from './topic-watch.ts'

/** A consumer of the port on kafkajs: its memberships of the group, and the watch over the topics that its patterns match. */

export async function startConsumer(options: KafkaConsumerOptions): Promise<Started<Consumer>> {
  const { connection, consumer, settings, ports } = options
  const admin = await connectAdmin(
    options.createClient(() => false),
    connection,
  )
  const members = createMembers({
    ...options,
    admin: admin.value,
    onCrashed: () => topics.look(),
  })
  const topics = createTopicWatch({
    consumer,
    refresh_interval_ms: consumer.topics_refresh_interval_ms ?? settings.topics_refresh_interval_ms,
    listTopics: () => admin.value.listTopics(),
    mayChange: () => members.may_be_replaced,
    onChanged: () => members.replace(() => topics.current()),
    ports,
  })
  const stop = once(async () => {
    members.end()
    await topics.end()
    await members.leave()
    await admin.stop()
  })
  try {
    await members.join(await topics.first())
    topics.watch()
  } catch (error) {
    await stop()
    throw unreachable(connection, `cannot consume as group ${consumer.group_id}`, error)
  }
  return {
    value: {
      async halt() {
        members.halt()
      },
      commit: (positions, epoch) => members.commit(positions, epoch),
    },
    async stop(deadline) {
      await Promise.race([stop(), aborted(deadline.signal)])
    },
  }
}
