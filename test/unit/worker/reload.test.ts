/** When a changed config is taken over, on a clock that is moved by hand. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createDeadline, systemClock } from '#/telemetry/index.ts'
import { createOwnersInForce } from '#/worker/reload/owners-in-force.ts'
import { createReload } from '#/worker/reload/reload.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import { settle } from '../../support/fake-clock.ts'
import { ownersConfig, testPorts } from '../../support/owners.ts'
import { temporaryFolder, until, workerConfig } from '../../support/worker.ts'

function setUp(t: TestContext, { is_changed = false } = {}) {
  const ports = testPorts()
  const config = workerConfig(t)
  const started = Promise.withResolvers<void>()
  const taken: string[] = []
  let on_disk = config
  const write = () => {
    const kafka = { ...config.receivers['kafka']!, trust: 'claimed' } as const
    on_disk = { ...config, receivers: { kafka } } satisfies WorkerConfig
  }
  if (is_changed) write()
  const reload = createReload(
    {
      read: () =>
        Promise.resolve({
          text: JSON.stringify(on_disk),
          result: { ok: true, config: on_disk },
        }),
      config,
      started: started.promise,
      interval_ms: 5_000,
      apply(next) {
        taken.push(next.receivers['kafka']!.trust!)
        return Promise.resolve()
      },
    },
    ports,
  )
  t.after(() => reload.stop())
  return { ...ports, reload, started, taken, write }
}

test('A change while the worker starts is taken over when all of it has started.', async (t) => {
  const { clock, started, taken, write } = setUp(t)
  await settle()
  write()
  await clock.advance(60_000)
  assert.deepEqual(taken, [])
  started.resolve()
  await clock.advance(6_000)
  assert.deepEqual(taken, ['claimed'])
  await clock.advance(60_000)
  assert.deepEqual(taken, ['claimed'])
})

test('A change between the first reading of the config and the first look at the file is not missed.', async (t) => {
  const { clock, started, taken } = setUp(t, { is_changed: true })
  started.resolve()
  await clock.advance(6_000)
  assert.deepEqual(taken, ['claimed'])
})

test('A config that is as it was is not taken over again.', async (t) => {
  const { clock, started, taken } = setUp(t)
  started.resolve()
  await clock.advance(60_000)
  assert.deepEqual(taken, [])
})

test('Nothing is taken over after the stop.', async (t) => {
  const { clock, started, taken, write, reload } = setUp(t)
  started.resolve()
  await settle()
  write()
  await clock.advance(5_050)
  await reload.stop()
  assert.deepEqual(taken, [])
})

test('Owners that somebody keeps live on when others take their place, until the worker stops.', async (t) => {
  const folder = temporaryFolder(t)
  const file = (name: string, owner: string) => {
    const row = `{ kind: api_key, key: litellm/known, owner: { id: ${owner} } }`
    writeFileSync(join(folder, name), `bindings:\n  - ${row}\n`)
  }
  const configOf = (name: string) =>
    ownersConfig({
      directory: { type: 'file', path: join(folder, name), reload_interval_ms: 100 },
    })
  const owners = createOwnersInForce({ ...testPorts(), clock: systemClock })
  t.after(async () => {
    using deadline = createDeadline(systemClock, 2_000)
    await owners.stop(deadline)
  })
  file('a.yaml', 'team:a')
  file('b.yaml', 'team:b')
  await owners.use(configOf('a.yaml'))
  const kept = owners.keep()
  const next = await owners.prepare(configOf('b.yaml'))
  next.use(Promise.resolve())
  await settle()
  const key = { kind: 'api_key', value: 'litellm/known' } as const
  assert.equal(owners.value.peek(key)?.bindings[0]?.owner?.id, 'team:b')
  file('a.yaml', 'team:later')
  await until(
    'the owners that are kept see their file change',
    () => kept.peek(key)?.bindings[0]?.owner?.id === 'team:later',
  )
})
