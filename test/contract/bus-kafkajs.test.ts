import { createKafkaBus } from '#/bus/kafkajs/index.ts'
import { connectionOf } from '../stack/connection.ts'
import { testPorts } from '../stack/ports.ts'
import { kafkaHarness } from './bus-kafka.ts'
import { busSuite } from './bus-suite.ts'

/** On the broker of stack/tools.ts, as all of these. */
busSuite('kafkajs', async (t) =>
  kafkaHarness(t, (brokers) => createKafkaBus(connectionOf(brokers), testPorts())),
)
