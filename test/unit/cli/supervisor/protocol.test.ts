import { workerConfig } from '../../../support/worker.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Channel } from '#/cli/supervisor/processes.ts'
import { createLine, createWorkerLine, sendNote, type Note } from '#/cli/supervisor/protocol.ts'
import { createFakeClock, settle } from '../../../support/fake-clock.ts'
import { BUSY_STATUS } from '../../../support/status-fixture.ts'

/** Both ends of a line; what goes over it is copied, as between processes. */
function pair(): readonly [Channel, Channel] {
  const closed = new AbortController()
  const listeners: [((message: unknown) => void)[], ((message: unknown) => void)[]] = [[], []]
  const end = (own: 0 | 1): Channel => ({
    async send(message) {
      const copy: unknown = structuredClone(message)
      await Promise.resolve()
      for (const listener of listeners[own === 0 ? 1 : 0]) listener(copy)
    },
    onMessage: (listener) => void listeners[own].push(listener),
    closed: closed.signal,
  })
  return [end(0), end(1)]
}

const handlers = {
  metrics: () => [],
  status: () => BUSY_STATUS,
  reload: () => null,
  stop: () => null,
  tap: () => {},
}

test('A worker begins as it is told, and its answers come to the questions they belong to.', async (t) => {
  const [supervisor, worker] = pair()
  const held = Promise.withResolvers<null>()
  const begun = createWorkerLine(worker, { ...handlers, reload: () => held.promise })
  const line = createLine(supervisor, createFakeClock(), () => {})
  const begin = { workers: 2, gap_key: 'ab', config: workerConfig(t) }
  line.begin(begin)
  assert.deepEqual(await begun, begin)
  const reloaded = line.ask('reload', 1_000)
  assert.deepEqual(await line.ask('status', 1_000), BUSY_STATUS)
  held.resolve(null)
  assert.equal(await reloaded, null)
})

test('A question that is not answered in time, cannot be answered, or whose worker has gone has no answer.', async () => {
  const clock = createFakeClock()
  const [supervisor, worker] = pair()
  void createWorkerLine(worker, {
    ...handlers,
    metrics: () => new Promise(() => {}),
    status() {
      throw new Error('not yet')
    },
  })
  const line = createLine(supervisor, clock, () => {})
  assert.equal(await line.ask('status', 1_000), undefined)
  const late = line.ask('metrics', 2_000)
  await clock.advance(2_000)
  assert.equal(await late, undefined)
  assert.equal(clock.sleepers, 0)

  const gone = new AbortController()
  const dead = createLine({ ...supervisor, closed: gone.signal }, clock, () => {})
  const never = dead.ask('metrics', 60_000)
  gone.abort()
  assert.equal(await never, undefined)
})

test('A worker says what cannot wait; what is no message of ours is not heard.', async () => {
  const [supervisor, worker] = pair()
  const notes: Note[] = []
  createLine(supervisor, createFakeClock(), (note) => notes.push(note))
  const failure = { code: 'config_invalid', message: 'no' } as const
  await sendNote(worker, { note: 'started' })
  await sendNote(worker, { note: 'failed', failure })
  for (const strange of [
    undefined,
    'started',
    { note: 'other' },
    { note: 'failed', failure: { code: 'x' } },
    { id: 7 },
  ])
    await worker.send(strange)
  await settle()
  assert.deepEqual(notes, [{ note: 'started' }, { note: 'failed', failure }])
})
