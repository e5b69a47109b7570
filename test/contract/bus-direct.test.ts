import { createDirectBus } from '#/bus/direct/index.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { kafkaHarness } from './bus-kafka.ts'
import { busSuite } from './bus-suite.ts'

/** On the broker of stack/tools.ts. What was released is overwritten, so whoever reads it later sees other bytes. */
busSuite('direct', async (t) =>
  kafkaHarness(t, (brokers) =>
    createDirectBus(connectionOf(brokers), testPorts(), { poison: true }),
  ),
)
