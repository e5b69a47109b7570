import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Picture } from '#/worker/admin/page/document.ts'
import {
  createEventStream,
  HEARTBEAT_MS,
  SLOW_CLIENT_MS,
  TICK_MS,
  type EventClient,
} from '#/worker/admin/page/events.ts'
import { createFakeClock, settle } from '../../../../support/fake-clock.ts'

function createWorld(clients_max = 4) {
  const clock = createFakeClock()
  const sections: Record<string, string> = { verdict: 'well', coverage: '90 %' }
  const errors: string[] = []
  const state = { pictures: 0, failure: undefined as Error | undefined }
  const stream = createEventStream({
    clock,
    clients_max,
    logger: {
      debug() {},
      info() {},
      warn() {},
      error: (_fields, message) => void errors.push(message),
      child() {
        return this
      },
    },
    picture: (): Picture => {
      state.pictures += 1
      if (state.failure) throw state.failure
      return { level: 'ok', headline: 'Well', summary: '', at: '', sections: { ...sections } }
    },
  })
  return { clock, sections, errors, state, stream }
}

function createClient() {
  const writes: string[] = []
  const client = {
    writableLength: 0,
    is_over: '',
    write: (text: string) => void writes.push(text),
    end: () => void (client.is_over = 'ended'),
    destroy: () => void (client.is_over = 'dropped'),
  }
  return {
    client: client as typeof client & EventClient,
    writes,
    /** Sections of the events since the last call. */
    taken(): readonly unknown[] {
      return writes.splice(0).flatMap((text) => {
        const data = /^data: (.*)$/m.exec(text)?.[1]
        return data === undefined ? [] : [JSON.parse(data).sections]
      })
    },
    lastId: () => /^id: (.*)$/m.exec(writes.findLast((text) => text.includes('id:')) ?? '')?.[1],
  }
}

test('A new client gets everything, then what changed, at most once a tick.', async () => {
  const { clock, sections, stream } = createWorld()
  const a = createClient()
  stream.add(() => a.client, undefined)
  assert.ok(a.writes[0]?.startsWith('retry: 2000\n\nid: '))
  assert.deepEqual(a.taken(), [{ verdict: 'well', coverage: '90 %' }])
  await clock.advance(4 * TICK_MS)
  assert.deepEqual(a.writes, [], 'nothing changed')
  sections['coverage'] = '91 %'
  await clock.advance(TICK_MS - 1)
  assert.deepEqual(a.writes, [])
  sections['coverage'] = '92 %'
  await clock.advance(1)
  assert.deepEqual(a.taken(), [{ coverage: '92 %' }])
})

test('A client that comes back gets what changed since; with an id of another server, all.', async () => {
  const { clock, sections, stream } = createWorld()
  const { id } = stream.current()
  const a = createClient()
  stream.add(() => a.client, id)
  assert.deepEqual(a.taken(), [], 'the document has it all')
  sections['verdict'] = 'ill'
  await clock.advance(TICK_MS)
  const last = a.lastId()
  assert.deepEqual(a.taken(), [{ verdict: 'ill' }])

  const same = createClient()
  stream.add(() => same.client, last)
  assert.deepEqual(same.taken(), [])
  for (const strange of ['00000000-1', 'x', '', `${last}9`]) {
    const other = createClient()
    const remove = stream.add(() => other.client, strange)
    assert.deepEqual(other.taken(), [{ verdict: 'ill', coverage: '90 %' }], strange)
    remove?.()
  }
})

test('A quiet stream has a heartbeat.', async () => {
  const { clock, stream } = createWorld()
  const a = createClient()
  stream.add(() => a.client, undefined)
  a.taken()
  await clock.advance(HEARTBEAT_MS - TICK_MS)
  assert.deepEqual(a.writes, [])
  await clock.advance(HEARTBEAT_MS + TICK_MS)
  assert.deepEqual(a.writes, [': still here\n\n', ': still here\n\n'])
})

test('The number of clients is bounded, and one that leaves makes room.', () => {
  const { stream } = createWorld(2)
  const remove = stream.add(() => createClient().client, undefined)
  stream.add(() => createClient().client, undefined)
  const refused = () => assert.fail('opened')
  assert.equal(stream.add(refused, undefined), undefined)
  remove?.()
  assert.ok(stream.add(() => createClient().client, undefined))
  assert.equal(stream.clients, 2)
})

test('Who does not take an event gets no other, catches up in one, and is dropped in the end.', async () => {
  const { clock, sections, stream } = createWorld()
  const slow = createClient()
  stream.add(() => slow.client, undefined)
  slow.taken()
  slow.client.writableLength = 9
  sections['verdict'] = 'ill'
  await clock.advance(TICK_MS)
  sections['coverage'] = '80 %'
  await clock.advance(TICK_MS)
  assert.deepEqual(slow.writes, [])
  slow.client.writableLength = 0
  await clock.advance(TICK_MS)
  assert.deepEqual(slow.taken(), [{ verdict: 'ill', coverage: '80 %' }])

  slow.client.writableLength = 9
  await clock.advance(SLOW_CLIENT_MS - TICK_MS)
  assert.deepEqual([slow.client.is_over, stream.clients], ['', 1])
  await clock.advance(TICK_MS)
  assert.deepEqual([slow.client.is_over, stream.clients], ['dropped', 0])
})

test('Nobody looks, nothing is made.', async () => {
  const { clock, state, stream } = createWorld()
  const remove = stream.add(() => createClient().client, undefined)
  await clock.advance(2 * TICK_MS)
  remove?.()
  await settle()
  const { pictures } = state
  await clock.advance(10 * TICK_MS)
  assert.deepEqual([state.pictures, clock.sleepers], [pictures, 0])
  stream.add(() => createClient().client, undefined)
  await clock.advance(TICK_MS)
  assert.equal(state.pictures, pictures + 2)
})

test('A status that cannot be made is logged once and ends no stream.', async () => {
  const { clock, sections, errors, state, stream } = createWorld()
  const a = createClient()
  stream.add(() => a.client, undefined)
  a.taken()
  state.failure = new Error('a bug')
  await clock.advance(5 * TICK_MS)
  assert.deepEqual(errors, ['the status cannot be made'])
  state.failure = undefined
  sections['verdict'] = 'back'
  await clock.advance(TICK_MS)
  assert.deepEqual(a.taken(), [{ verdict: 'back' }])
})

test('A stop ends all clients and takes no more.', async () => {
  const { clock, stream } = createWorld()
  const a = createClient()
  stream.add(() => a.client, undefined)
  stream.stop()
  await settle()
  assert.deepEqual([a.client.is_over, stream.clients, clock.sleepers], ['ended', 0, 0])
  assert.equal(
    stream.add(() => a.client, undefined),
    undefined,
  )
})
