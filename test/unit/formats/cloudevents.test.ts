import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCloudEvents, withoutCloudEvent } from '#/formats/cloudevents/index.ts'

const AT = {
  origin: 'lkc-1',
  topic: 'raw',
  partition: 3,
  offset: 41,
  timestamp: 1_795_089_600_104,
  index: 0,
}

function plain(headers: ReturnType<ReturnType<typeof createCloudEvents>>) {
  return Object.fromEntries(headers.map(({ name, value }) => [name, String(value)]))
}

test('a message is a CloudEvent whose id is that of its first event', () => {
  assert.deepEqual(plain(createCloudEvents()(AT)), {
    ce_specversion: '1.0',
    ce_type: 'dev.whosecall.calls.v1',
    ce_source: 'urn:whosecall:lkc-1',
    ce_id: 'lkc-1/raw/3/41/0@1795089600104',
    ce_time: '2026-11-19T12:00:00.104Z',
  })
})

test('the source is a URI whatever the origin, and follows it', () => {
  const headersOf = createCloudEvents()
  assert.equal(plain(headersOf(AT))['ce_source'], 'urn:whosecall:lkc-1')
  assert.equal(
    plain(headersOf({ ...AT, origin: 'a b/ü' }))['ce_source'],
    'urn:whosecall:a%20b%2F%C3%BC',
  )
  assert.equal(plain(headersOf(AT))['ce_source'], 'urn:whosecall:lkc-1')
})

test('there is no time without a Kafka timestamp, and a schema where one is named', () => {
  const headers = plain(createCloudEvents('https://example.com/s')({ ...AT, timestamp: -1 }))
  assert.equal('ce_time' in headers, false)
  assert.equal(headers['ce_dataschema'], 'https://example.com/s')
})

test('a timestamp that no clock shows is the last that can be said', () => {
  const headers = plain(createCloudEvents()({ ...AT, timestamp: 2 ** 60 }))
  assert.equal(headers['ce_time'], '9999-12-31T23:59:59.999Z')
})

test('what made a message the event that it was before does not leave with it', () => {
  const headers = (pairs: Readonly<Record<string, string>>) =>
    Object.entries(pairs).map(([name, value]) => ({ name, value: Buffer.from(value) }))
  const came = {
    ce_id: '1',
    CE_Type: 't',
    ceremony: 'c',
    'Content-Type': 'application/cloudevents+json; charset=UTF-8',
  }
  const left = { ceremony: 'c', 'content-type': 'application/json' }
  assert.deepEqual(withoutCloudEvent(headers(came)), headers(left))
  const other = { 'content-type': 'application/json; x=application/cloudevents' }
  assert.deepEqual(withoutCloudEvent(headers(other)), headers(other))
})
