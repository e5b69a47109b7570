/** SIGHUP, a changed file and a candidate, on a real broker and as an operator would do it. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { produce, readTopic } from '../stack/tools.ts'
import { scrape, until } from '../support/program.ts'
import { startRunning } from '../support/running.ts'
import { litellmCall } from '../support/worker.ts'

test('SIGHUP takes a changed config over, one with errors changes nothing, and a candidate tells at the end what differs.', async (t) => {
  const { program, url, topics, config, write } = await startRunning(t, {
    service: { reload_interval_ms: 0 },
    more(folder, live) {
      const candidate = join(folder, 'candidate.yaml')
      const processors = { attribution: { minimum_confidence: 'exact' } }
      writeFileSync(candidate, JSON.stringify({ ...live, processors }))
      return ['--shadow', candidate]
    },
  })
  const { receivers } = config
  const sum = async (name: string, labels?: Readonly<Record<string, string>>) =>
    (await scrape(url))?.sum(name, labels) ?? 0
  const published = (count: number) =>
    until(
      `${count} messages are published`,
      async () => (await sum('whosecall_published_messages_total')) === count || undefined,
      { program },
    )
  await produce(topics.raw, [{ value: litellmCall('known') }])
  await published(1)
  const rebalances = await sum('whosecall_rebalances_total')

  write({ ...config, receivers: { kafka: { ...receivers.kafka, trust: 'claimed' } } })
  program.kill('SIGHUP')
  const reloads = 'whosecall_config_reloads_total'
  await until('it is taken over', async () => (await sum(reloads)) === 1 || undefined, { program })
  await produce(topics.raw, [{ value: litellmCall('known') }])
  await published(2)

  write({ ...config, receivers: {} })
  program.kill('SIGHUP')
  await until('it is refused', async () => (await sum(reloads)) === 2 || undefined, { program })
  assert.equal(await sum('whosecall_config_last_reload_successful'), 0)
  assert.equal(await sum('whosecall_rebalances_total'), rebalances)
  await produce(topics.raw, [{ value: litellmCall('known') }])
  await published(3)

  program.kill('SIGTERM')
  const { code } = await program.exited
  assert.ok(code === 0 || code === 143, `exit code ${code}\n${program.stderr()}`)
  const values = (await readTopic(topics.out)).map(({ value }) => JSON.parse(String(value)))
  assert.deepEqual(
    values.map(
      ({ attribution }: { attribution: { confidence: string } }) => attribution.confidence,
    ),
    ['high', 'low', 'low'],
  )
  assert.match(program.stderr(), /candidate\.yaml: 3 of 3 events would be decided otherwise/)
  assert.match(program.stderr(), /3 {2}attributed team:payments → unattributed weak_evidence/)
})
