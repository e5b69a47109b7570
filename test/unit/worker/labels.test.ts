import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Header } from '#/core/run.ts'
import { createLabels, labelled, type Label, type Leaving } from '#/worker/pipeline/labels.ts'

const ATTRIBUTED = { outcome: 'attributed', owner: { id: 'team:zahlungen-ü' } } as const

function header(name: string, value: string): Header {
  return { name, value: Buffer.from(value) }
}

function leaving(label: Label, more: Partial<Leaving> = {}): Leaving {
  return { label, value: Buffer.from('{}'), is_reshaped: false, to: 0, event: 0, ...more }
}

function plain(headers: readonly Header[]): readonly string[] {
  return headers.map(({ name, value }) => `${name}: ${String(value)}`)
}

test('an attributed event says outcome and owner, any other only its outcome', () => {
  const labels = createLabels('application/json')
  assert.deepEqual(plain(labels.of(ATTRIBUTED).headers), [
    'content-type: application/json',
    'attribution-outcome: attributed',
    'attribution-owner: team:zahlungen-ü',
  ])
  assert.deepEqual(plain(labels.of({ outcome: 'unattributed', reason: 'ip_only' }).headers), [
    'content-type: application/json',
    'attribution-outcome: unattributed',
  ])
  assert.deepEqual(plain(labels.of({ class: 'tool_call' }).headers), [
    'content-type: application/json',
  ])
})

test('messages of one owner share one list of headers', () => {
  const labels = createLabels('application/json')
  const { headers } = labels.of(ATTRIBUTED)
  assert.equal(labels.of({ ...ATTRIBUTED, method: 'claim' }).headers, headers)
  assert.notEqual(labels.of({ ...ATTRIBUTED, owner: { id: 'other' } }).headers, headers)
  assert.equal(labelled(undefined, leaving(labels.of(ATTRIBUTED))), headers)
  assert.equal(labelled([], leaving(labels.of(ATTRIBUTED))), headers)
})

test('labels of no end of owners are forgotten, and right all the same', () => {
  const labels = createLabels('application/json')
  for (let n = 0; n < 40_000; n += 1) {
    const { headers } = labels.of({ outcome: 'attributed', owner: { id: `o${n}` } })
    assert.equal(String(headers[2]?.value), `o${n}`)
  }
})

test('what a message came with stands first; its content type stays while its value does', () => {
  const { plain: label } = createLabels('application/json')
  const came_with = [header('trace', '1'), header('Content-Type', 'application/json; v=2')]
  assert.deepEqual(plain(labelled([header('trace', '1')], leaving(label))), [
    'trace: 1',
    'content-type: application/json',
  ])
  assert.deepEqual(plain(labelled(came_with, leaving(label))), plain(came_with))
  assert.deepEqual(plain(labelled(came_with, leaving(label, { is_reshaped: true }))), [
    'trace: 1',
    'content-type: application/json',
  ])
})

test('a framed value is not of the type of what is in the frame', () => {
  const label = createLabels('application/json').of(ATTRIBUTED)
  const framed = leaving(label, { value: Buffer.from([0, 0, 0, 0, 7, 0x7b, 0x7d]) })
  for (const came_with of [undefined, [header('trace', '1')]])
    assert.deepEqual(plain(labelled(came_with, framed)).slice(-2), [
      'attribution-outcome: attributed',
      'attribution-owner: team:zahlungen-ü',
    ])
  assert.equal(labelled(undefined, framed).length, 2)
})
