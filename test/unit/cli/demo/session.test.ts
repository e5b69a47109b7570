import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Io } from '#/cli/command.ts'
import { CALLERS } from '#/cli/demo/cast.ts'
import { readAttribution } from '#/cli/demo/read-attribution.ts'
import { startSession, type Plan } from '#/cli/demo/session.ts'
import { createFakeIo } from '../fake-io.ts'
import { systemClock } from '#/telemetry/index.ts'

/** The bus and the worker work in real time; everything else is as in the other tests. */
function sessionIo(): Io & { stopNow(): void } {
  return { ...createFakeIo(), clock: systemClock }
}

async function outcomes(
  plan: Omit<Plan, 'metrics_port'>,
): Promise<readonly { name: string; expects: string; found: string }[]> {
  const session = await startSession({ ...plan, metrics_port: 0 }, sessionIo())
  const rows: { name: string; expects: string; found: string }[] = []
  try {
    for await (const outputs of session.play()) {
      for (const { caller, value } of outputs) {
        const found = readAttribution(value)
        rows.push({
          name: caller.name,
          expects: caller.expects,
          found: found?.owner_id ?? found?.reason ?? 'nothing',
        })
      }
    }
  } finally {
    await session.stop()
  }
  return rows
}

test('the worker finds for every caller what the cast expects, and loses none', async () => {
  const rows = await outcomes({ seed: 11, events: 1500 })
  assert.equal(rows.length, 1500)
  const wrong = rows.filter(({ expects, found }) => expects !== found)
  assert.deepEqual([...new Set(wrong.map((row) => JSON.stringify(row)))], [])
  const seen = new Set(rows.map(({ name }) => name))
  assert.deepEqual(
    [...seen].toSorted(),
    [...CALLERS.map(({ name }) => name), 'shadow service'].toSorted(),
  )
})

test('a session serves metrics that count what came out', async () => {
  const session = await startSession({ seed: 3, events: 120, metrics_port: 0 }, sessionIo())
  try {
    let events = 0
    for await (const outputs of session.play()) events += outputs.length
    const text = await (await fetch(session.metrics_url)).text()
    const counted = [...text.matchAll(/^whosecall_events_total\{.*\} (\d+)$/gm)]
    assert.equal(
      counted.reduce((sum, [, value]) => sum + Number(value), 0),
      events,
    )
    assert.equal(events, 120)
  } finally {
    await session.stop()
  }
})

test('a session that is asked to stop ends where it is', async () => {
  const io = sessionIo()
  const session = await startSession({ seed: 3, per_second: 2000, metrics_port: 0 }, io)
  let events = 0
  for await (const outputs of session.play()) {
    events += outputs.length
    if (events > 100) io.stopNow()
  }
  await session.stop()
  assert.ok(events > 100 && events < 2000, `${events}`)
})
