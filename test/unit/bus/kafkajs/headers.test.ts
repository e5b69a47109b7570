import assert from 'node:assert/strict'
import { test } from 'node:test'
import { incomingHeaders } from '#/bus/kafkajs/headers.ts'
import { writeVarint } from '#/bus/codecs/varint.ts'

/** A record's key, value and headers as kafkajs gives them: views into one buffer, headers by name. */
function decoded(
  key: string | null,
  value: string | null,
  list: readonly (readonly [string, string | null])[],
) {
  const bytes: number[] = []
  const write = (text: string | null): readonly [number, number] => {
    writeVarint(text === null ? -1 : text.length, bytes)
    bytes.push(...Buffer.from(text ?? ''))
    return [bytes.length - (text?.length ?? 0), bytes.length]
  }
  const [keyStart, keyEnd] = write(key)
  const [valueStart, valueEnd] = write(value)
  writeVarint(list.length, bytes)
  const byName: Record<string, (Buffer | string) | (Buffer | string)[]> = {}
  for (const [name, of] of list) {
    write(name)
    write(of)
    const known = byName[name]
    const own = Buffer.from(of ?? '')
    byName[name] = known === undefined ? own : [known, own].flat()
  }
  const all = Buffer.from(bytes)
  return {
    headers: byName,
    key: key === null ? null : all.subarray(keyStart, keyEnd),
    value: value === null ? null : all.subarray(valueStart, valueEnd),
  }
}

function read(of: ReturnType<typeof decoded>): readonly (readonly [string, string | null])[] {
  const headers = incomingHeaders(of.headers, of.key, of.value) ?? []
  return headers.map(({ name, value }) => [name, value?.toString() ?? null])
}

const MIXED = [
  ['b', '1'],
  ['2', 'two'],
  ['b', '3'],
  ['1', 'one'],
] as const

test('headers keep their order, names that look like numbers and repeats included', () => {
  assert.deepEqual(read(decoded('k', 'v', MIXED)), MIXED)
  assert.deepEqual(read(decoded(null, 'v', MIXED)), MIXED)
  assert.deepEqual(read(decoded(null, '', MIXED)), MIXED)
})

test('a tombstone keeps its headers in order, too', () => {
  assert.deepEqual(read(decoded('k', null, MIXED)), MIXED)
})

test('without key and value the headers are complete, though grouped by name', () => {
  const headers = read(decoded(null, null, MIXED))
  assert.equal(headers.length, 4)
  assert.deepEqual(
    headers.filter(([name]) => name === 'b'),
    [
      ['b', '1'],
      ['b', '3'],
    ],
  )
})

test('a null value among several headers is null', () => {
  const list = [
    ['a', null],
    ['b', ''],
  ] as const
  assert.deepEqual(read(decoded('k', 'v', list)), list)
})

test('no headers are undefined', () => {
  assert.equal(incomingHeaders({}, null, Buffer.from('v')), undefined)
  assert.equal(incomingHeaders(undefined, null, null), undefined)
})
