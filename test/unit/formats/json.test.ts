import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldRead } from '#/core/view.ts'
import {
  attribute,
  eventId,
  formatOf,
  RECORD,
  scanAll,
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

const lower: FieldRead['tag'] = (name) =>
  ['team', 'user'].includes(name.toLowerCase()) ? name.toLowerCase() : undefined

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
      '{"Records":[1]}',
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

describe('json: values', () => {
  const fields: readonly FieldRead[] = [
    value('/a'),
    value('/a'),
    value('/o/p/q'),
    value('/o/p'),
    { path: '/l', shape: 'list', use: 'decides' },
    { path: '/m', shape: 'map', use: 'decides', tag: lower },
    { path: '', shape: 'map', use: 'decides', tag: lower },
    value('/x~1y~0z'),
  ]
  const format = formatOf('json', fields)

  test('text is that of strings and the digits of numbers', () => {
    const cases: readonly (readonly [string, string | undefined, string])[] = [
      ['"x"', 'x', 'string'],
      ['"\\u0041\\n\\"\\\\"', 'A\n"\\', 'string'],
      ['"ä€😀"', 'ä€😀', 'string'],
      ['12345678901234567890123', '12345678901234567890123', 'number'],
      ['-1.50e+3', '-1.50e+3', 'number'],
      ['true', undefined, 'boolean'],
      ['false', undefined, 'boolean'],
      ['null', undefined, 'null'],
      ['{"b":1}', undefined, 'object'],
      ['[1]', undefined, 'array'],
    ]
    for (const [json, text, type] of cases) {
      const reader = scanOne(format, `{"a" : ${json} }`).values(0)
      for (const field of [0, 1]) {
        assert.equal(reader.text(field), text)
        assert.equal(reader.type(field), type)
        assert.equal(reader.occurrences(field), 1)
      }
    }
  })

  test('a field that is absent has neither text nor type', () => {
    const reader = scanOne(format, '{"b":1}').values(0)
    assert.equal(reader.text(0), undefined)
    assert.equal(reader.type(0), undefined)
    assert.equal(reader.occurrences(0), 0)
    assert.deepEqual(reader.list(4), [])
    assert.deepEqual(reader.tags(5), { tags: [], lost: false })
    assert.equal(reader.number(0), NaN)
  })

  test('the last of duplicates counts, in any spelling of the name', () => {
    const view = scanAll(format, [
      '{"a":1,"a":2}',
      '{"a":1,"\\u0061":"two"}',
      '{"o":{"p":{"q":1}},"o":{"p":{}}}',
      '{"o":{"p":{"q":1},"p":{"q":2}}}',
      '{"o":{"p":{"q":1}},"o":3}',
    ])
    assert.equal(textOf(view, 0, 0), '2')
    assert.equal(textOf(view, 1, 1), 'two')
    assert.equal(textOf(view, 2, 2), undefined)
    assert.equal(view.values(2).type(3), 'object')
    assert.equal(textOf(view, 3, 2), '2')
    assert.equal(textOf(view, 4, 2), undefined)
    assert.equal(view.values(4).type(3), undefined)
  })

  test('pointers with escapes name members with slashes and tildes', () => {
    assert.equal(textOf(scanOne(format, '{"x/y~z":"v"}'), 0, 7), 'v')
  })

  test('a list gives its scalar items, a scalar itself', () => {
    const list = (json: string): readonly string[] =>
      scanOne(format, `{"l":${json}}`).values(0).list(4)
    assert.deepEqual(list('["x",1.10,90071992547409931,true,null,{"a":1},["y"]]'), [
      'x',
      '1.10',
      '90071992547409931',
    ])
    assert.deepEqual(list('"one"'), ['one'])
    assert.deepEqual(list('7'), ['7'])
    assert.deepEqual(list('{}'), [])
  })

  test('a map is an object, a JSON text in a string, or a list of pairs', () => {
    const tags = (json: string): unknown => scanOne(format, `{"m":${json}}`).values(0).tags(5)
    const both = {
      tags: [
        ['team', 'x'],
        ['user', '90071992547409931'],
      ],
      lost: false,
    }
    assert.deepEqual(
      tags('{"Team":"x","other":1,"user":90071992547409931,"USER":true,"TEAM":{"team":1}}'),
      both,
    )
    assert.deepEqual(tags(JSON.stringify('{"Team":"x","other":1,"user":90071992547409931}')), both)
    assert.deepEqual(tags('["team:x","nothing","user:90071992547409931",5]'), both)
    assert.deepEqual(tags('["team:a:b"]'), { tags: [['team', 'a:b']], lost: false })
    assert.deepEqual(tags('"{\\"team\\":"'), { tags: [], lost: true })
    assert.deepEqual(tags('"plain words"'), { tags: [], lost: true })
    assert.deepEqual(tags('""'), { tags: [], lost: false })
    assert.deepEqual(tags('{"team":"a","team":"b"}'), { tags: [['team', 'b']], lost: false })
    assert.deepEqual(tags('{"team":"a","team":true}'), { tags: [], lost: false })
    assert.equal(scanOne(format, '{"m":{}}').values(0).type(5), 'object')
  })

  test('names are tags of members that are not null, each once', () => {
    const named = formatOf('json', [
      {
        path: '',
        shape: 'names',
        use: 'decides',
        tag: (name) => (name.startsWith('mcp') ? 'mcp' : undefined),
      },
      { path: '/m', shape: 'names', use: 'decides', tag: lower },
    ])
    const view = scanAll(named, [
      '{"mcp_a":1,"mcp_b":{"x":1},"m":{"team":[1],"user":null}}',
      '{"mcp_c":"z","m":{"team":2}}',
      '{"mcp_a":1,"mcp_a":null,"m":5}',
      '{"a":1}',
    ])
    assert.deepEqual(view.values(0).list(0), ['mcp'])
    assert.deepEqual(view.values(0).list(1), ['team'])
    assert.equal(view.identity(0), view.identity(1))
    assert.deepEqual(view.values(2).list(0), [])
    assert.deepEqual(view.values(2).list(1), [])
    assert.deepEqual(view.values(3).list(0), [])
    assert.notEqual(view.identity(0), view.identity(3))
  })

  test('the root can be a map', () => {
    const view = scanOne(format, '{"a":1,"TEAM":"t","o":{"team":"no"},"__proto__":"p"}')
    assert.deepEqual(view.values(0).tags(6), { tags: [['team', 't']], lost: false })
  })

  test('numbers are whole or NaN', () => {
    const number = (json: string): number => scanOne(format, `{"a":${json}}`).values(0).number(0)
    assert.equal(number('42'), 42)
    assert.equal(number('"42"'), 42)
    assert.equal(number('4.2e1'), 42)
    assert.equal(number('4.5'), NaN)
    assert.equal(number('"4x"'), NaN)
    assert.equal(number('true'), NaN)
  })

  test('a million unknown names are read without remembering them all', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `"k${index}":${index}`)
    const view = scanOne(format, `{${names.join(',')},"Team":"a","team":"b","a":1,"a":2}`)
    assert.equal(textOf(view, 0, 0), '2')
    assert.deepEqual(view.values(0).tags(6).tags, [
      ['team', 'a'],
      ['team', 'b'],
    ])
    assert.equal(textOf(scanOne(format, '{"k1":1,"a":3}'), 0, 0), '3')
  })
})

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

describe('json: identities', () => {
  const fields: readonly FieldRead[] = [
    value('/a'),
    value('/p', 'presence'),
    value('/r', 'reads'),
    { path: '/m', shape: 'map', use: 'decides', tag: lower },
    { path: '/l', shape: 'list', use: 'decides' },
  ]

  test('they differ exactly in the deciding values', () => {
    const format = formatOf('json', fields)
    const base = '{"a":"x","p":1,"r":1,"m":{"team":"t","other":1},"l":[1]}'
    const same = '{"a":"x","p":2,"r":9,"z":{},"m":{"other":2,"team":"t"},"l":[1]}'
    const others = [
      base.replace('"x"', '"y"'),
      base.replace('"x"', 'true'),
      base.replace('"p":1,', ''),
      base.replace('"t"', '"u"'),
      base.replace('"team"', '"user"'),
      base.replace('[1]', '[2]'),
      base.replace('"a":"x",', ''),
    ]
    const view = scanAll(format, [base, same, ...others, base])
    const ids = Array.from({ length: view.event_count }, (_, event) => view.identity(event))
    assert.equal(ids[0], 0)
    assert.equal(ids[1], 0)
    assert.equal(ids.at(-1), 0)
    assert.deepEqual(ids.slice(2, -1), [1, 2, 3, 4, 5, 6, 7])
    assert.equal(scanOne(format, base).identity(0), 0)
  })

  test('a full table answers -1 and starts anew with the next scan', async () => {
    const { createFormat } = await import('#/formats/index.ts')
    const { LIMITS } = await import('./harness.ts')
    const format = createFormat(
      'json',
      { ...LIMITS, fields },
      { entries_max: 2, arena_bytes_max: 4096 },
    )
    const view = scanAll(format, ['{"a":1}', '{"a":2}', '{"a":3}', '{"a":1}'])
    assert.deepEqual(
      [0, 1, 2, 3].map((event) => view.identity(event)),
      [0, 1, -1, 0],
    )
    const generation = view.identity_generation
    const next = scanAll(format, ['{"a":3}'])
    assert.equal(next.identity_generation, generation + 1)
    assert.equal(next.identity(0), 0)
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
