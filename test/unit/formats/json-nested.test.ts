import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldRead, View } from '#/core/view.ts'
import { attribute, formatOf, ID_BASE, ID_STAMP, scanAll, scanOne, value } from './harness.ts'

const FIELDS: readonly FieldRead[] = [
  value('/k'),
  value('$/object'),
  value('$/data[]/start', 'reads'),
  value('$/data[]/zone'),
]
const format = formatOf('json', FIELDS, { wrappers: ['/data[]/results', '/data', '/records'] })

/** What each event says, with what lies round it. */
function seen(view: View): (string | undefined)[][] {
  return Array.from({ length: view.event_count }, (_, event) => {
    const values = view.values(event)
    return FIELDS.map((_field, index) => values.text(index))
  })
}

describe('json: lists of events in the items of a list', () => {
  test('all of them are the events, in the order of the document', () => {
    const view = scanOne(
      format,
      '{"object":"page","data":[{"start":1,"results":[{"k":"a"},{"k":"b"}]},{"results":[{"k":"c"}],"start":2,"zone":"z"}]}',
    )
    assert.deepEqual(seen(view), [
      ['a', 'page', '1', undefined],
      ['b', 'page', '1', undefined],
      ['c', 'page', '2', 'z'],
    ])
  })

  test('what lies round the events may stand behind them', () => {
    const view = scanOne(
      format,
      '{"data":[{"results":[{"k":"a"}],"start":5}],"k":"no","object":"late"}',
    )
    assert.deepEqual(seen(view), [['a', 'late', '5', undefined]])
  })

  test('where no item holds a list the items are the events', () => {
    const view = scanOne(format, '{"object":"list","data":[{"k":"a","start":1},{"results":null}]}')
    assert.deepEqual(seen(view), [
      ['a', 'list', undefined, undefined],
      [undefined, 'list', undefined, undefined],
    ])
  })

  test('lists without events are empty', () => {
    for (const text of [
      '{"data":[]}',
      '{"data":[{"results":[]}]}',
      '{"data":[{"results":[]},{}]}',
    ]) {
      const view = scanOne(format, text)
      assert.equal(view.event_count, 0, text)
      assert.ok(view.isEmpty(0), text)
    }
  })

  test('without any list of objects the object is the event, with nothing round it', () => {
    for (const text of ['{"k":"a","object":"x","data":[1]}', '{"k":"a","object":"x","data":{}}'])
      assert.deepEqual(seen(scanOne(format, text)), [['a', undefined, undefined, undefined]])
  })

  test('the last of duplicates counts at each level', () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['{"data":[{"results":[{"k":"old"}],"results":[{"k":"new"}]}]}', ['new']],
      ['{"data":[{"results":[{"k":"a"}]},{"results":[{"k":"old"}],"results":5}]}', ['a']],
      ['{"data":[{"results":[{"k":"old"}],"results":5,"k":"item"}]}', ['item']],
      ['{"data":[{"results":[{"k":"old"}]}],"data":[{"k":"item"}]}', ['item']],
      ['{"data":[{"k":"item"}],"data":[{"results":[{"k":"new"}]}]}', ['new']],
      ['{"data":[{"results":[{"k":"old"}]}],"data":null,"k":"root"}', ['root']],
      ['{"data":[{"results":[{"k":"a"}]}],"records":[{"k":"other"}]}', ['a']],
      ['{"records":[{"k":"r"}],"data":3}', ['r']],
    ]
    for (const [text, expected] of cases)
      assert.deepEqual(
        seen(scanOne(format, text)).map(([k]) => k),
        expected,
        text,
      )
  })

  test('what an event shares is part of its identity when it decides', () => {
    const page = (object: string, start: number): string =>
      `{"object":"${object}","data":[{"start":${start},"results":[{"k":"a"},{"k":"a"}]}]}`
    const view = scanAll(format, [page('x', 1), page('x', 2), page('y', 1)])
    const numbers = [0, 1, 2, 3, 4, 5].map((event) => view.identity(event))
    assert.equal(new Set(numbers.slice(0, 4)).size, 1)
    assert.equal(new Set(numbers.slice(4)).size, 1)
    assert.notEqual(numbers[0], numbers[4])
  })

  test('attribution goes into the nested events and nowhere else', () => {
    const text = '{"object":"page","data":[{"results":[{"k":1},{}],"start":2}],"next":null}'
    const out = attribute(format, text).toString()
    const ids = [...out.matchAll(/"event_id":"([^"]*)"/g)].map(([, id]) => id)
    assert.deepEqual(ids, [`${ID_BASE}/0@${ID_STAMP}`, `${ID_BASE}/1@${ID_STAMP}`])
    assert.equal(out.replaceAll(/,?"attribution":\{.*?"event_id":"[^"]*"\}/g, ''), text)
  })

  test('forged attribution is stripped from nested events; redaction does not touch their list', () => {
    const text = '{"data":[{"results":[{"k":"a","attribution":{"outcome":"attributed"}}]}]}'
    const view = scanOne(format, text)
    assert.equal(view.forged(0), 1)
    assert.equal(view.cut(0, 0), 1)
    const out = format.splice(view, 0, ID_BASE, ID_STAMP).toString()
    assert.deepEqual(JSON.parse(out), { data: [{ results: [{}] }] })
  })

  test('damage inside a nested list is damage of the message', () => {
    assert.equal(scanOne(format, '{"data":[{"results":[{"k":1]}]}').failure(0), 'malformed')
    assert.equal(scanOne(format, '{"data":[{"results":[{},1]}]}').failure(0), 'wrong_shape')
    assert.equal(scanOne(format, '{"data":[{},1]}').failure(0), 'wrong_shape')
    const few = formatOf('json', FIELDS, { wrappers: ['/data[]/results'], events_max: 3 })
    const results = '{"data":[{"results":[{},{},{},{}]}]}'
    assert.equal(scanOne(few, results).failure(0), 'limit_exceeded')
  })

  test('a nested wrapper brings the list it lies in, which is tried last', () => {
    const both = formatOf('json', FIELDS, { wrappers: ['/data[]/results', '/records'] })
    const first = (message: string) => seen(scanOne(both, message)).map(([k]) => k)
    assert.deepEqual(first('{"k":"root","data":[{"k":"item"}]}'), ['item'])
    assert.deepEqual(first('{"data":[{"k":"item"}],"records":[{"k":"r"}]}'), ['r'])
    assert.deepEqual(first('{"data":[{"results":[{"k":"a"}]}],"records":[{"k":"r"}]}'), ['a'])
  })
})

describe('json: items of lists', () => {
  const lists = formatOf('json', [
    { path: '/teams[]', shape: 'list', use: 'decides' },
    { path: '/hops[]/who/id', shape: 'list', use: 'decides' },
  ])

  test('each scalar item is read, or the scalar at the path of each item', () => {
    const text =
      '{"teams":["a",12345678901234567890,true,null,{}],"hops":[{"who":{"id":"x"}},7,{"who":{}},{"who":{"id":8}}]}'
    const values = scanOne(lists, text).values(0)
    assert.deepEqual(values.list(0), ['a', '12345678901234567890'])
    assert.deepEqual(values.list(1), ['x', '8'])
  })

  test('what is no list has no items', () => {
    const values = scanOne(lists, '{"teams":{},"hops":{"who":{"id":"x"}}}').values(0)
    assert.deepEqual(values.list(0), [])
    assert.deepEqual(values.list(1), [])
  })
})
