import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatOf, scanAll, value } from './harness.ts'

/** Members that nobody watches are learnt; what is learnt must not pass for anything else. */

const EVENT = '{"model":"m-1","stream":false,"n":12,"none":null,"a":"seen","last":true}'

test('events like the ones before are read like the first', () => {
  const view = scanAll(formatOf('json', [value('/a')]), [EVENT, EVENT, EVENT, EVENT])
  for (let event = 0; event < 4; event++) {
    assert.equal(view.failure(event), undefined)
    assert.equal(view.values(event).text(0), 'seen')
  }
})

test('a learnt member does not hide that the text breaks off or differs', () => {
  const format = formatOf('json', [value('/a')])
  scanAll(format, [EVENT, EVENT, EVENT])
  for (let end = 1; end < EVENT.length; end++) {
    const view = scanAll(format, [EVENT.slice(0, end), EVENT])
    assert.equal(view.failure(0), 'malformed', EVENT.slice(0, end))
    assert.equal(view.failure(1), undefined)
  }
  for (const [from, to, failure] of [
    ['"n":12,', '"n":123,', undefined],
    ['"n":12,', '"n":12x,', 'malformed'],
    ['"n":12,"', '"n":12,,"', 'malformed'],
    ['"n":12,"', '"n":12,}', 'malformed'],
    ['"stream":false,', '"stream":false ,', undefined],
    ['"model":"m-1"', '"model":"m-1\\""', undefined],
    ['"none":null,', '"none":null,"a":"early",', undefined],
  ] as const) {
    const text = EVENT.replace(from, to)
    assert.notEqual(text, EVENT)
    const view = scanAll(format, [text])
    assert.equal(view.failure(0), failure, text)
    if (failure === undefined) assert.equal(view.values(0).text(0), 'seen', text)
  }
})

test('a member that always says something else has no habits, and is read all the same', () => {
  const events = Array.from({ length: 40 }, (_, i) => `{"id":${i},"kind":"k","a":"v${i}"}`)
  const view = scanAll(formatOf('json', [value('/a')]), events)
  assert.deepEqual(
    events.map((_, event) => view.values(event).text(0)),
    events.map((_, i) => `v${i}`),
  )
})

test('nesting below a learnt member keeps its limit', () => {
  const format = formatOf('json', [value('/a')], { depth_max: 3 })
  const flat = '{"x":[[]],"y":1,"a":"v"}'
  const view = scanAll(format, [flat, flat, flat, `[${flat}]`])
  assert.deepEqual(
    [0, 1, 2, 3].map((message) => view.failure(message)),
    [undefined, undefined, undefined, 'limit_exceeded'],
  )
})
