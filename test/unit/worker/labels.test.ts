import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Header } from '#/core/run.ts'
import { createLabels, labelled } from '#/worker/pipeline/labels.ts'

const AS_IT_CAME = { is_framed: false, is_reshaped: false }
const ATTRIBUTED = { outcome: 'attributed', owner: { id: 'team:zahlungen-ü' } } as const

function header(name: string, value: string): Header {
  return { name, value: Buffer.from(value) }
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
  assert.equal(labelled(undefined, labels.of(ATTRIBUTED), AS_IT_CAME), headers)
  assert.equal(labelled([], labels.of(ATTRIBUTED), AS_IT_CAME), headers)
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
  assert.deepEqual(plain(labelled([header('trace', '1')], label, AS_IT_CAME)), [
    'trace: 1',
    'content-type: application/json',
  ])
  assert.deepEqual(plain(labelled(came_with, label, AS_IT_CAME)), plain(came_with))
  assert.deepEqual(plain(labelled(came_with, label, { is_framed: false, is_reshaped: true })), [
    'trace: 1',
    'content-type: application/json',
  ])
})

test('a framed value is not of the type of what is in the frame', () => {
  const label = createLabels('application/json').of(ATTRIBUTED)
  const framed = { is_framed: true, is_reshaped: false }
  for (const came_with of [undefined, [header('trace', '1')]])
    assert.deepEqual(plain(labelled(came_with, label, framed)).slice(-2), [
      'attribution-outcome: attributed',
      'attribution-owner: team:zahlungen-ü',
    ])
  assert.equal(labelled(undefined, label, framed).length, 2)
})
