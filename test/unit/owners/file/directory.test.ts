import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import type { TestContext } from 'node:test'

import type { Answer, Owners } from '#/core/owners.ts'
import { createOwners } from '#/owners/index.ts'
import { createFileOwners } from '#/owners/file/directory.ts'
import { createDeadline } from '#/telemetry/index.ts'

import { apiKey, ownersConfig, testPorts } from '../../../support/owners.ts'

const KEY = apiKey('k1')

function textOf(owner: string): string {
  return `bindings:\n  - { kind: api_key, key: litellm/k1, owner: { id: ${owner} } }\n`
}

function ownerOf(answer: Answer | undefined): string | undefined {
  return answer?.bindings[0]?.owner?.id
}

async function setUp(t: TestContext, text?: string) {
  const directory = await mkdtemp(join(tmpdir(), 'whosecall-owners-'))
  const path = join(directory, 'owners.yaml')
  if (text !== undefined) await writeFile(path, text)
  const ports = testPorts()
  const config = ownersConfig({ directory: { type: 'file', path } })
  assert.ok(config.directory.type === 'file')
  const component = createFileOwners(config.directory, ports)
  const started: { stop(): Promise<void> }[] = []
  t.after(async () => {
    for (const each of started) await each.stop()
    await rm(directory, { recursive: true })
  })
  return {
    ...ports,
    directory,
    path,
    config,
    start: async () => {
      const owners = await component.start()
      const deadline = createDeadline(ports.clock, 1000)
      started.push({ stop: () => owners.stop(deadline).finally(() => deadline[Symbol.dispose]()) })
      return owners.value
    },
    /** Looks at the file, as the poll does. */
    look: async (owners: { reload(): Promise<void> }) => {
      const looked = owners.reload()
      for (let turn = 0; turn < 200 && (await isPending(looked)); turn++)
        await ports.clock.advance(50)
      await looked
    },
  }
}

async function isPending(work: Promise<void>): Promise<boolean> {
  const late = new Promise<true>((resolve) => {
    setImmediate(() => resolve(true))
  })
  return Promise.race([work.then(() => false), late])
}

test('a file answers every key at once, and its answers are final', async (t) => {
  const { start, meter } = await setUp(t, textOf('team:a'))
  const owners = await start()
  assert.equal(ownerOf(owners.peek(KEY)), 'team:a')
  assert.equal(owners.peek(KEY)?.good_until_ms, Infinity)
  assert.equal(owners.peek(apiKey('k2'))?.state, 'negative')
  const answers = await owners.lookup([apiKey('k2'), KEY])
  assert.deepEqual(
    answers.map(({ state }) => state),
    ['negative', 'fresh'],
  )
  assert.equal(meter.value('whosecall_owner_file_bindings'), 1)
  assert.equal(meter.value('whosecall_owner_file_last_reload_successful'), 1)
  assert.match(await meter.text(), /whosecall_lookups_total\{.*negative.*\} 2/)
})

test('a changed file is taken over: the epoch grows and so does the revision change', async (t) => {
  const { start, look, path } = await setUp(t, textOf('team:a'))
  const owners = await start()
  const before = { epoch: owners.epoch, revision: owners.revision }
  await writeFile(path, textOf('team:bb'))
  await look(owners)
  assert.equal(ownerOf(owners.peek(KEY)), 'team:bb')
  assert.ok(owners.epoch > before.epoch)
  assert.notEqual(owners.revision, before.revision)
})

test('the poll finds a change by itself', async (t) => {
  const { start, path, clock } = await setUp(t, textOf('team:a'))
  const owners = await start()
  await writeFile(path, textOf('team:bb'))
  // The clock is ours, the file system is not: it may take its time.
  for (const end = performance.now() + 10_000; owners.epoch === 1 && performance.now() < end;) {
    await clock.advance(2000)
    await nextTurn()
  }
  assert.equal(ownerOf(owners.peek(KEY)), 'team:bb')
})

test('a long file is reloaded beside the event loop, with its errors', async (t) => {
  const { start, look, path, lines } = await setUp(t, textOf('team:a'))
  const owners = await start()
  const row = (id: number) => `  - { kind: mail, key: m${id}@example.com, owner: { id: team:b } }\n`
  const rows = Array.from({ length: 2000 }, (_, index) => row(index)).join('')
  await writeFile(path, `bindings:\n${rows}`)
  await look(owners)
  assert.equal(owners.bindings_count, 2000)
  const answer = owners.peek({ kind: 'mail', value: 'm7@example.com' })
  assert.equal(ownerOf(answer), 'team:b')
  assert.equal(answer?.bindings[0]?.valid_to_ms, Infinity)
  assert.equal(
    answer.bindings[0].owner,
    owners.peek({ kind: 'mail', value: 'm8@example.com' })?.bindings[0]?.owner,
  )
  await writeFile(path, `bindings:\n${rows}  - 7\n`)
  await look(owners)
  assert.equal(owners.bindings_count, 2000)
  assert.match(JSON.stringify(lines.at(-1)?.fields), /"line":2002/)
})

test('a file that was only touched changes nothing', async (t) => {
  const { start, look, path } = await setUp(t, textOf('team:a'))
  const owners = await start()
  const { epoch } = owners
  await utimes(path, new Date(), new Date(1_000_000))
  await look(owners)
  assert.equal(owners.epoch, epoch)
})

test('a name that is pointed to another file is a change, as with a mounted ConfigMap', async (t) => {
  const { start, look, directory, path } = await setUp(t)
  const link = join(directory, 'next')
  await writeFile(join(directory, 'v1.yaml'), textOf('team:a'))
  await writeFile(join(directory, 'v2.yaml'), textOf('team:b'))
  await symlink('v1.yaml', path)
  const owners = await start()
  assert.equal(ownerOf(owners.peek(KEY)), 'team:a')
  await symlink('v2.yaml', link)
  await rename(link, path)
  await look(owners)
  assert.equal(ownerOf(owners.peek(KEY)), 'team:b')
})

test('a file with errors never replaces a good one, and says where they are', async (t) => {
  const { start, look, path, lines, meter } = await setUp(t, textOf('team:a'))
  const owners = await start()
  const { epoch } = owners
  await writeFile(path, 'bindings:\n  - { kind: api_key, key: k1 }\n')
  await look(owners)
  assert.equal(ownerOf(owners.peek(KEY)), 'team:a')
  assert.equal(owners.epoch, epoch)
  assert.equal(meter.value('whosecall_owner_file_last_reload_successful'), 0)
  assert.equal(meter.value('whosecall_owner_file_bindings'), 1)
  const warnings = lines.filter(({ level }) => level === 'warn')
  assert.equal(warnings.length, 1)
  assert.match(JSON.stringify(warnings[0]?.fields), /"line":2,"column":5/)
  await look(owners)
  assert.equal(lines.filter(({ level }) => level === 'warn').length, 1)
  await writeFile(path, textOf('team:bb'))
  await look(owners)
  assert.equal(ownerOf(owners.peek(KEY)), 'team:bb')
  assert.equal(meter.value('whosecall_owner_file_last_reload_successful'), 1)
})

test('a file that is taken away leaves its last content in force, and one warning', async (t) => {
  const { start, look, path, lines, meter } = await setUp(t, textOf('team:a'))
  const owners = await start()
  await rm(path)
  await look(owners)
  await look(owners)
  assert.equal(ownerOf(owners.peek(KEY)), 'team:a')
  assert.equal(lines.filter(({ level }) => level === 'warn').length, 1)
  assert.equal(meter.value('whosecall_owner_file_last_reload_successful'), 0)
  await writeFile(path, textOf('team:a'))
  await look(owners)
  assert.equal(meter.value('whosecall_owner_file_last_reload_successful'), 1)
})

test('without the file at the start nobody is blamed, and it is used when it comes', async (t) => {
  const { start, look, path, clock } = await setUp(t)
  const owners = await start()
  assert.deepEqual(owners.peek(KEY), {
    state: 'unavailable',
    bindings: [],
    good_until_ms: clock.now(),
  })
  assert.ok(owners.absent_reason?.includes(`owner file ${path} cannot be read: ENOENT`))
  await writeFile(path, 'bindings: 7')
  await look(owners)
  assert.ok(owners.absent_reason?.includes(`owner file ${path} has errors`))
  await writeFile(path, textOf('team:a'))
  await look(owners)
  assert.equal(ownerOf(owners.peek(KEY)), 'team:a')
  assert.equal(owners.absent_reason, undefined)
  await rm(path)
  await look(owners)
  assert.equal(owners.absent_reason, undefined)
})

test('a file with errors at the start is an error of the config that lists them', async (t) => {
  const { start } = await setUp(t, 'bindings:\n  - { kind: api_key, key: k1 }\n  - 7\n')
  await assert.rejects(start(), (error) => {
    assert.ok(error instanceof Error)
    assert.equal('code' in error && error.code, 'config_invalid')
    assert.match(error.message, /owners\.yaml:2:5: "owner" is missing/)
    assert.match(error.message, /owners\.yaml:3:5: expected object, found "7"/)
    return true
  })
})

test('an owner file makes Redis superfluous, and that is said', async (t) => {
  const { config, clock, logger, meter, lines } = await setUp(t, textOf('team:a'))
  const redis = ownersConfig({
    directory: config.directory,
    redis: { endpoint: 'redis://127.0.0.1:1', key_secret: '0123456789abcdef' },
  }).redis
  assert.ok(redis)
  const component = createOwners({ ...config, redis }, { clock, logger, meter })
  const started = await component.start()
  const { value } = started
  const owners: Owners = value
  assert.equal(ownerOf(owners.peek(KEY)), 'team:a')
  assert.deepEqual(value.states(), { directory: 'loaded', entries: 1 })
  assert.match(lines[0]?.message ?? '', /redis is not used/)
  using deadline = createDeadline(clock, 1000)
  await started.stop(deadline)
})
