/**
 * `npm run ledger -- --messages 100000 --kills 20 --seed 1 [--json]`: proves on a real broker that nothing is lost and
 * nobody is blamed. KAFKA_BROKERS names a broker; without it one is started. Exit code 1: something was violated.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../stack/kafka.ts'
import { runLedger, type LedgerResult } from './ledger/run.ts'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      messages: { type: 'string', default: '100000' },
      kills: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      client: { type: 'string', default: 'kafkajs' },
      json: { type: 'boolean', default: false },
    },
  })
  const log = (line: string) => void process.stderr.write(`${line}\n`)
  const broker = await brokersOf(log)
  try {
    const result = await runLedger({
      messages: whole('messages', values.messages),
      kills: whole('kills', values.kills),
      seed: whole('seed', values.seed),
      brokers: broker.brokers,
      client: values.client === 'direct' ? 'direct' : 'kafkajs',
      log,
    })
    for (const violation of result.violations) log(`violated: ${violation}`)
    for (const finding of result.findings) log(`  ${finding}`)
    process.stdout.write(values.json ? `${jsonLine(result)}\n` : table(result))
    return result.violations.length === 0 ? 0 : 1
  } finally {
    await broker.stop()
  }
}

function whole(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} takes a whole number above 0`)
  return value
}

async function brokersOf(log: (line: string) => void) {
  const given = process.env['KAFKA_BROKERS']
  if (given) return { brokers: given, stop: () => Promise.resolve() }
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-ledger-kafka-'))
  const kafka = await startKafka(directory, log)
  return {
    brokers: kafka.listeners.plaintext,
    async stop() {
      await kafka.kill()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function jsonLine(result: LedgerResult): string {
  const { sent, lost, copies, wrongly_unattributed, kills, counters_equal, ...more } = result
  return JSON.stringify({
    sent,
    lost,
    copies,
    wrongly_unattributed,
    kills,
    counters_equal,
    ...more,
  })
}

function table(result: LedgerResult): string {
  const { findings: _, violations, faults, ...numbers } = result
  const lines = Object.entries({ ...numbers, ...faults }).map(
    ([name, value]) => `${name.padEnd(22)}${String(value).padStart(10)}`,
  )
  const verdict =
    violations.length === 0 ? 'The ledger is balanced.' : 'The ledger is NOT balanced.'
  return `${[...lines, '', verdict].join('\n')}\n`
}

process.exitCode = await main()
