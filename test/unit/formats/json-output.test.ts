import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  attribute,
  eventId,
  formatOf,
  RECORD,
  scanOne,
  textOf,
  value,
  writeAll,
} from './harness.ts'

const ATTRIBUTION =
  '"attribution":{"outcome":"attributed","owner":{"id":"team:payments","team":"payments","cost_center":"CC-1"},' +
  '"revision":0,"method":"credential","confidence":"high","chain":["api_key=litellm/1","team=payments"],"event_id":"'

function expected(index: number): string {
  return `${ATTRIBUTION}${eventId(index)}"}`
}

describe('json: reserved names', () => {
  const format = formatOf('json', [value('/a'), value('/attribution/outcome')], {
    wrappers: ['/Records'],
  })
  const strip = (text: string): readonly [string, number] => {
    const view = scanOne(format, text)
    assert.equal(view.failure(0), undefined)
    return [format.splice(view, 0, 'b', 's').toString(), view.forged(0)]
  }

  test('they are cut with the right comma and counted', () => {
    assert.deepEqual(strip('{"attribution":{"outcome":"attributed"}}'), ['{}', 1])
    assert.deepEqual(strip('{"attribution":1,"a":2}'), ['{"a":2}', 1])
    assert.deepEqual(strip('{"a":2 , "attribution" : [1]}'), ['{"a":2 }', 1])
    assert.deepEqual(strip('{"a":1,"attribution":2,"b":3}'), ['{"a":1,"b":3}', 1])
    assert.deepEqual(strip('{"attribution":1,"attribution":2,"a":3,"attribution.x":4}'), [
      '{"a":3}',
      3,
    ])
    assert.deepEqual(strip('{"attribution":1,"attribution":2}'), ['{}', 2])
    assert.deepEqual(strip('[{"attribution":1},{"a":1,"attribution":2}]'), ['[{},{"a":1}]', 2])
  })

  test('every spelling of the name is seen', () => {
    assert.deepEqual(strip('{"\\u0061ttribution":1,"a":2}'), ['{"a":2}', 1])
    assert.deepEqual(strip('{"a":1,"attributio\\u006e.owner.id":"me"}'), ['{"a":1}', 1])
    assert.deepEqual(strip('{"Attribution":1,"attributions":2}'), [
      '{"Attribution":1,"attributions":2}',
      0,
    ])
  })

  test('below the top of an event they are left alone', () => {
    assert.deepEqual(strip('{"a":{"attribution":1}}'), ['{"a":{"attribution":1}}', 0])
    assert.deepEqual(strip('{"attribution":1,"Records":[{"attribution":2}]}'), [
      '{"attribution":1,"Records":[{}]}',
      1,
    ])
  })

  test('a forged value cannot be read', () => {
    assert.equal(
      textOf(scanOne(format, '{"attribution":{"outcome":"attributed"}}'), 0, 1),
      undefined,
    )
  })

  test('ours takes the place of a forged one', () => {
    assert.equal(attribute(format, '{"attribution":{"owner":1}}').toString(), `{${expected(0)}}`)
    assert.equal(
      attribute(format, '{"a":1,"attribution":0 }').toString(),
      `{"a":1 ,${expected(0)}}`,
    )
  })
})

describe('json: redaction', () => {
  const format = formatOf('json', [
    value('/a', 'reads'),
    value('/m/secret', 'reads'),
    value('/m', 'reads'),
    value('/n', 'reads'),
  ])
  const redact = (text: string, ...edits: readonly (readonly [number, string?])[]): string => {
    const view = scanOne(format, text)
    for (const [field, by] of edits) {
      if (by === undefined) view.cut(0, field)
      else view.replace(0, field, () => by)
    }
    return format.splice(view, 0, 'b', 's').toString()
  }

  test('a cut takes the member and its comma', () => {
    assert.equal(redact('{"a":1,"b":2}', [0]), '{"b":2}')
    assert.equal(redact('{"b":2,"a":1}', [0]), '{"b":2}')
    assert.equal(redact('{"a":1}', [0]), '{}')
    assert.equal(redact('{"a":1,"n":2,"b":3}', [0], [3]), '{"b":3}')
    assert.equal(redact('{"b":3,"a":1,"n":2}', [3], [0]), '{"b":3}')
    assert.equal(redact('{"a":1,"n":2}', [3], [0]), '{}')
  })

  test('a replacement is a JSON string, whatever stood there', () => {
    assert.equal(redact('{"a":"x","b":1}', [0, 'q"\n']), '{"a":"q\\"\\n","b":1}')
    assert.equal(redact('{"a":12 }', [0, 'n']), '{"a":"n" }')
    assert.equal(redact('{"a":true}', [0, 'n']), '{"a":"n"}')
    assert.equal(redact('{"b":0,"a":[1,2]}', [0, 'n']), '{"b":0}')
  })

  test('duplicates that no reader sees are redacted as well', () => {
    assert.equal(redact('{"a":"s1","a":"s2"}', [0]), '{}')
    assert.equal(
      redact('{"m":{"secret":1},"m":{"secret":2}}', [1, 'x']),
      '{"m":{"secret":"x"},"m":{"secret":"x"}}',
    )
    const wrapped = formatOf('json', [value('/a', 'reads')], { wrappers: ['/R', '/S'] })
    const view = scanOne(wrapped, '{"R":[{"a":"s1"}],"S":[{"a":"s3"}],"R":[{"a":"s2","b":1}]}')
    view.cut(0, 0)
    assert.equal(wrapped.splice(view, 0, 'b', 's').toString(), '{"R":[{"b":1}]}')
  })

  test('nested and repeated edits are merged', () => {
    assert.equal(redact('{"b":1,"m":{"secret":1,"x":2}}', [1], [2], [1, 'q'], [2]), '{"b":1}')
    assert.equal(redact('{"m":{"secret":1,"x":2}}', [1], [1]), '{"m":{"x":2}}')
  })

  test('the replacement sees the text, and counts are given back', () => {
    const view = scanOne(format, '{"a":"\\u0041"}')
    const seen: string[] = []
    assert.equal(
      view.replace(0, 0, (text) => `<${seen.push(text)}>`),
      1,
    )
    assert.deepEqual(seen, ['A'])
    assert.equal(view.cut(0, 3), 0)
  })

  test('redaction and attribution go together', () => {
    const view = scanOne(format, '{"a":1}')
    view.cut(0, 0)
    writeAll(view, format.fragment(RECORD))
    assert.equal(
      format.splice(view, 0, 'src/topic/0/5', '1795089600000').toString(),
      `{${expected(0)}}`,
    )
  })
})

describe('json: what is written', () => {
  const format = formatOf('json', [value('/a')])

  test('a Confluent frame is kept', () => {
    const framed = Buffer.concat([Buffer.from([0, 0, 0, 1, 2]), Buffer.from('{"a":"x"}')])
    assert.equal(textOf(scanOne(format, framed), 0, 0), 'x')
    assert.deepEqual(
      attribute(format, framed).subarray(0, 14),
      Buffer.concat([framed.subarray(0, 13), Buffer.from(',')]),
    )
  })

  test('ids are escaped and times have milliseconds', () => {
    const view = scanOne(format, '{}')
    view.write(0, {
      ...format.fragment({
        outcome: 'unattributed',
        reason: 'ip_only',
        ip_only: true,
        revision: 0,
      }),
      as_of_ms: 0,
    })
    const decoded: unknown = JSON.parse(format.splice(view, 0, 'quo"te\\ä', 't').toString())
    assert.deepEqual(decoded, {
      attribution: {
        outcome: 'unattributed',
        reason: 'ip_only',
        revision: 0,
        ip_only: true,
        event_id: 'quo"te\\ä/0@t',
        as_of: '1970-01-01T00:00:00.000Z',
      },
    })
  })

  test('what was spliced stays as it is when the next run is scanned', () => {
    const first = attribute(format, '{"a":"first"}')
    const copy = Buffer.from(first)
    for (let i = 0; i < 2000; i++) attribute(format, `{"a":"${'y'.repeat(500)}"}`)
    assert.deepEqual(first, copy)
  })

  test('an event without a fragment leaves as it came', () => {
    const text = '[{"a":1},{ "a":2}]'
    const view = scanOne(format, text)
    assert.equal(format.splice(view, 0, 'b', 's').toString(), text)
    view.write(1, format.fragment(RECORD))
    assert.equal(
      format.splice(view, 0, 'src/topic/0/5', '1795089600000').toString(),
      `[{"a":1},{ "a":2,${expected(1)}}]`,
    )
  })
})

describe('json: what another encoding is made of', () => {
  const format = formatOf('json', [value('/a')], { wrappers: ['/Records'] })
  const events = (text: string) => {
    const view = scanOne(format, text)
    writeAll(view, format.fragment(RECORD))
    return Array.from({ length: view.event_count }, (_, event) => String(view.eventBytes(event)))
  }

  test('each event has its own bytes', () => {
    assert.deepEqual(events(' {"a":1, "b":{}} '), ['{"a":1, "b":{}}'])
    assert.deepEqual(events('[{"a":1},\n{}]'), ['{"a":1}', '{}'])
    assert.deepEqual(events('{"Records":[{"a":[]},{"b":2}],"c":3}'), ['{"a":[]}', '{"b":2}'])
    assert.deepEqual(events('{"Records":[{"a":1}],"Records":[{"a":2}]}'), ['{"a":2}'])
    assert.deepEqual(events('{"c":3}'), ['{"c":3}'])
  })

  test('a bare message has lost what was cut and gained nothing, and can still be spliced', () => {
    const view = scanOne(format, '{"a":1,"attribution":2,"b":3}')
    writeAll(view, format.fragment(RECORD))
    view.cut(0, 0)
    assert.equal(format.bare(view, 0).toString(), '{"b":3}')
    assert.equal(
      format.splice(view, 0, 'src/topic/0/5', '1795089600000').toString(),
      `{"b":3,${expected(0)}}`,
    )
  })
})
