import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { attribute, eventId, formatOf, scanAll, scanOne, textOf, value } from './harness.ts'

const ATTRIBUTION =
  '"attribution":{"outcome":"attributed","owner":{"id":"team:payments","team":"payments","cost_center":"CC-1"},' +
  '"revision":0,"method":"credential","confidence":"high","chain":["api_key=litellm/1","team=payments"],"event_id":"'

function expected(index: number): string {
  return `${ATTRIBUTION}${eventId(index)}"}`
}

describe('json: shapes of a message', () => {
  const format = formatOf('json', [value('/a')], { wrappers: ['/Records', '/records'] })

  test('an object is one event', () => {
    assert.equal(attribute(format, '{"a":1}').toString(), `{"a":1,${expected(0)}}`)
  })

  test('an empty object gets no comma', () => {
    assert.equal(attribute(format, ' { } ').toString(), ` { ${expected(0)}} `)
  })

  test('a list of objects is as many events', () => {
    const out = attribute(format, '[{"a":1} , {}]').toString()
    assert.equal(out, `[{"a":1,${expected(0)}} , {${expected(1)}}]`)
  })

  test('a wrapper member holds the events', () => {
    const out = attribute(format, '{"x":{"a":9},"Records":[{"a":1},{"a":2}],"y":0}').toString()
    assert.equal(
      out,
      `{"x":{"a":9},"Records":[{"a":1,${expected(0)}},{"a":2,${expected(1)}}],"y":0}`,
    )
  })

  test('the first of several wrappers that is there counts', () => {
    const view = scanOne(format, '{"records":[{"a":"no"}],"Records":[{"a":"yes"}]}')
    assert.equal(view.event_count, 1)
    assert.equal(textOf(view, 0, 0), 'yes')
    assert.equal(scanOne(format, '{"records":[{},{},{}]}').event_count, 3)
  })

  test('the last of a duplicated wrapper counts', () => {
    const view = scanOne(format, '{"Records":[{"a":1},{"a":2}],"Records":[{"a":3}]}')
    assert.equal(view.event_count, 1)
    assert.equal(textOf(view, 0, 0), '3')
  })

  test('without its wrapper the object is the event', () => {
    for (const text of [
      '{"a":"x"}',
      '{"a":"x","Records":null}',
      '{"a":"x","Records":[{"a":2}],"Records":5}',
      '{"a":"x","Records":[1,{}]}',
    ]) {
      const view = scanOne(format, text)
      assert.equal(view.event_count, 1, text)
      assert.equal(textOf(view, 0, 0), 'x', text)
    }
  })

  test('a wrapper below the top is found', () => {
    const nested = formatOf('json', [value('/a')], { wrappers: ['/data/items'] })
    const view = scanOne(nested, '{"data":{"items":[{"a":1},{"a":2}]}}')
    assert.equal(view.event_count, 2)
    const replaced = scanOne(nested, '{"a":7,"data":{"items":[{"a":1}]},"data":{}}')
    assert.equal(replaced.event_count, 1)
    assert.equal(textOf(replaced, 0, 0), '7')
  })

  test('lists and wrappers without events are empty', () => {
    for (const text of ['[]', ' [ ] ', '{"Records":[]}']) {
      const view = scanOne(format, text)
      assert.equal(view.event_count, 0, text)
      assert.equal(view.isEmpty(0), true, text)
      assert.equal(view.failure(0), undefined, text)
    }
    assert.equal(scanOne(format, '{}').isEmpty(0), false)
  })

  test('a null value has no events', () => {
    const view = scanAll(format, [null, '{"a":1}', null])
    assert.deepEqual([...view.event_starts.subarray(0, 4)], [0, 0, 1, 1])
    assert.equal(view.failure(0), undefined)
  })
})

describe('json: what cannot be read', () => {
  const format = formatOf('json', [value('/a'), value('/b/c')], { wrappers: ['/Records'] })

  test('what is no object or list of objects has the wrong shape', () => {
    for (const text of [
      '5',
      '"x"',
      'null',
      'true',
      '[1]',
      '[{},[]]',
      '[{},"x"]',
      '{"Records":[{},1]}',
    ]) {
      assert.equal(scanOne(format, text).failure(0), 'wrong_shape', text)
    }
  })

  test('what JSON.parse rejects is malformed', () => {
    const bad = [
      '',
      ' ',
      '{',
      '{"a"',
      '{"a":',
      '{"a":1',
      '{"a":1,',
      '{"a":1,}',
      '{a:1}',
      "{'a':1}",
      '{"a":1}}',
      '{"a":1} x',
      '{"a":01}',
      '{"a":1.}',
      '{"a":.5}',
      '{"a":+1}',
      '{"a":1e}',
      '{"a":-}',
      '{"a":nul}',
      '{"a":truE}',
      '{"a":NaN}',
      '{"a":"x}',
      '{"a":"\n"}',
      '{"a":"\\x"}',
      '{"a":"\\u12g4"}',
      '{"a\t":1}',
      '{"\\q":1}',
      '[{}',
      '[{},]',
      '[,{}]',
      '[1, tru',
      '{"z":[1,]}',
      '{"z":[1 2]}',
      '{"z":{"y"}}',
      '{"z":{"y":1,}}',
      '{"z":[}',
      '{"z":{]}',
      '{"z":"\\"}',
      '{"b":{"c":1}',
      '{"b":{"c":1]}',
      '\ufeff{}',
      '{"a":"\\u00',
      '{"z":fals',
      '{"z":-',
      '{"z" 1}',
      '{"z":1 "y":2}',
    ]
    for (const text of bad) {
      assert.throws(() => JSON.parse(text), SyntaxError, text)
      assert.equal(scanOne(format, text).failure(0), 'malformed', JSON.stringify(text))
    }
  })

  test('bytes that are not UTF-8 are malformed, watched or not', () => {
    for (const name of ['a', 'z']) {
      const bytes = Buffer.from(`{"${name}":"xy"}`)
      bytes[bytes.length - 3] = 0xff
      assert.equal(scanOne(format, bytes).failure(0), 'malformed')
    }
  })

  test('a message that fails leaves its neighbours alone', () => {
    const view = scanAll(format, ['{"a":1}', '{"a":2,"attribution":1', '[{"a":3},{"a":4}]'])
    assert.deepEqual([...view.event_starts.subarray(0, 4)], [0, 1, 1, 3])
    assert.equal(view.failure(1), 'malformed')
    assert.equal(view.forged(1), 0)
    assert.equal(textOf(view, 2, 0), '4')
  })

  test('depth, bytes and events have limits', () => {
    const deep = (depth: number, open: string, close: string): string =>
      `{"z":${open.repeat(depth - 1)}0${close.repeat(depth - 1)}}`
    const limited = formatOf('json', [value('/a')], {
      depth_max: 10,
      message_bytes_max: 60,
      events_max: 2,
    })
    assert.equal(scanOne(limited, deep(10, '[', ']')).failure(0), undefined)
    assert.equal(scanOne(limited, deep(11, '[', ']')).failure(0), 'limit_exceeded')
    assert.equal(scanOne(limited, deep(11, '{"y":', '}')).failure(0), 'limit_exceeded')
    assert.equal(scanOne(limited, `{"z":"${'x'.repeat(53)}"}`).failure(0), 'limit_exceeded')
    assert.equal(scanOne(limited, '[{},{}]').failure(0), undefined)
    assert.equal(scanOne(limited, '[{},{},{}]').failure(0), 'limit_exceeded')
    const hostile = '['.repeat(8192)
    assert.equal(scanOne(format, hostile).failure(0), 'limit_exceeded')
    assert.equal(scanOne(format, `{"z":${hostile}`).failure(0), 'limit_exceeded')
  })
})
