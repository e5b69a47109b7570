import { createMemoryBus } from '#/bus/memory/index.ts'
import { busSuite } from './bus-suite.ts'

let topics = 0
let groups = 0

busSuite('memory', async () => {
  const bus = createMemoryBus({ poison: true })
  const text = (of: Buffer | null): string | null => of?.toString() ?? null
  return {
    bus,
    async createTopic(options = {}) {
      const topic = `topic-${String(++topics).padStart(6, '0')}`
      bus.createTopic(topic, options)
      return topic
    },
    groupId: () => `group-${++groups}`,
    async publish(topic, messages) {
      for (const { key, value, headers, timestamp, partition } of messages) {
        bus.publish(topic, partition ?? 0, {
          key: key == null ? null : Buffer.from(key),
          value: value === null ? null : Buffer.from(value),
          headers: headers?.map(([name, of]) => ({ name, value: Buffer.from(of) })),
          timestamp: timestamp ?? 0,
        })
      }
    },
    leaveGap: async (topic) => bus.skipOffsets(topic, 0, 3),
    read: async (topic) =>
      bus.read(topic).map(({ partition, offset, timestamp, key, value, headers }) => ({
        partition,
        offset,
        timestamp,
        key: text(key),
        value: text(value),
        headers: (headers ?? []).map(({ name, value: of }) => [name, text(of)] as const),
      })),
  }
})
