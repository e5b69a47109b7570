import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSniffer } from '#/worker/receivers/kafka/sniff.ts'

const ENCODINGS = ['otlp_proto', 'otlp_json', 'json'] as const
const sniff = createSniffer(ENCODINGS)

function encodingOf(text: string | Buffer): string | undefined {
  const value = Buffer.from(text)
  // What lies before and behind belongs to other messages.
  const bytes = Buffer.concat([
    Buffer.from('{"resourceLogs":['),
    value,
    Buffer.from('"resourceLogs":'),
  ])
  return ENCODINGS[sniff(bytes, 17, 17 + value.length)]
}

test('OTLP/JSON is known by a member of the outermost object', () => {
  for (const text of [
    '{"resourceLogs":[]}',
    ' { "resourceSpans" : [] }',
    '{"x":{"resourceLogs":1},"y":"a\\"b","resourceLogs":[]}',
    '{"note":"\\\\","resourceLogs":[]}',
  ])
    assert.equal(encodingOf(text), 'otlp_json', text)
})

test('a name further in, in a text, or as a value makes no OTLP of a message', () => {
  for (const text of [
    '{"model":"m","messages":[{"content":{"resourceLogs":[]}}]}',
    '[{"resourceLogs":[]}]',
    '{"kind":"resourceLogs"}',
    '{"kind":["resourceLogs"],"n":{"resourceSpans":[]}}',
    '{"prompt":"say \\"resourceLogs\\": []"}',
    '{"prompt":"broken off \\',
    '{"a":1}',
  ])
    assert.equal(encodingOf(text), 'json', text)
})

test('protobuf is known by its first field, also behind a Confluent frame', () => {
  const proto = Buffer.from([0x0a, 0x03, 1, 2, 3])
  assert.equal(encodingOf(proto), 'otlp_proto')
  assert.equal(encodingOf(Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), proto])), 'otlp_proto')
  assert.equal(encodingOf('\n{"a":1}'), 'json')
})

test('a hostile message is looked at once', () => {
  const text = `{"a":[${'"resourceLogs",{"resourceLogs":1},'.repeat(100_000)}0]}`
  assert.equal(encodingOf(text), 'json')
})
