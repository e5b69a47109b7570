import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FieldRead } from '#/core/view.ts'
import { createFormat } from '#/formats/index.ts'
import { formatOf, numberIn, scanAll, scanOne, textOf, value, lower, LIMITS } from './harness.ts'

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
    assert.equal(numberIn(reader, 0), NaN)
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

  test('names are tags of members that hold something, each once', () => {
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
      '{"mcp_a":"-","mcp_b":"","m":{"team":"-"}}',
      '{"mcp_a":"--","m":{"team":"-"}}',
    ])
    assert.deepEqual(view.values(4).list(0), [])
    assert.deepEqual(view.values(4).list(1), [])
    assert.deepEqual(view.values(5).list(0), ['mcp'])
    assert.notEqual(view.identity(4), view.identity(5))
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

  test('a number is read as Number reads it, from a number or a text that is one', () => {
    const number = (json: string): number => numberIn(scanOne(format, `{"a":${json}}`).values(0), 0)
    for (const digits of [
      '42',
      '0',
      '4.5',
      '0.0107748',
      '123456789012.5',
      '4.2e1',
      '1.5e-7',
      '999999999999999',
      '-1',
    ]) {
      assert.equal(number(digits), Number(digits))
      assert.equal(number(`"${digits}"`), Number(digits))
    }
    assert.equal(number('" 42 "'), 42)
    for (const digits of ['0.0034500000000000004', '9007199254740993', '98765432109876543.21']) {
      const exact = Number(digits)
      assert.ok(Math.abs(number(digits) / exact - 1) < 1e-15, digits)
    }
    for (const json of ['"4x"', '".5"', '"5."', '"1.2.3"', '"."', '""', 'true', 'null', '[1]'])
      assert.equal(number(json), NaN, json)
  })

  test('numbers of several fields are read at once, the last of duplicates', () => {
    const wide = formatOf('json', [value('/x'), value('/a'), value('/b/c'), value('/d')])
    const into = new Float64Array(3)
    const numbers = (json: string) => scanOne(wide, json).values(0).numbers(1, 4, into)
    assert.equal(numbers('{"a":1,"x":9,"b":{"c":2},"a":3}'), 0b011)
    assert.deepEqual([...into], [3, 2, 0])
    assert.equal(numbers('{"a":1,"d":7,"a":"none"}'), 0b100)
    assert.equal(into[2], 7)
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

  test('a full table answers -1 and starts anew with the next scan', () => {
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

  test('more tags than are remembered void the numbers that were given out', () => {
    const tagged = formatOf('json', [
      { path: '', shape: 'map', use: 'decides', tag: (name) => name },
    ])
    const many = Array.from({ length: 5_000 }, (_, index) => `"k${index}":1`).join(',')
    const view = scanAll(tagged, ['{"x":1}', `{${many}}`])
    const before = [view.identity(0), view.identity_generation]
    // The first name now seen takes the place of the first tag.
    const after = scanOne(tagged, '{"y":1}')
    assert.notDeepEqual([after.identity(0), after.identity_generation], before)
    assert.deepEqual(after.values(0).tags(0).tags, [['y', '1']])
  })
})
