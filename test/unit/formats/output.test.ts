import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  beginMessage,
  createOutput,
  createSource,
  endMessage,
  holdWritten,
  writeAll,
  type Output,
} from '#/formats/output.ts'

const CHUNK_BYTES = 1024 * 1024

function write(output: Output, text: string): Buffer {
  const source = createSource(Buffer.from(text))
  beginMessage(output, source.bytes.length)
  writeAll(output, source)
  return endMessage(output)
}

test('what is held stays as it is, whatever is written meanwhile', () => {
  const output = createOutput()
  const held: { text: string; message: Buffer; release: () => void }[] = []
  for (let i = 0; i < 60; i += 1) {
    const text = String.fromCharCode(48 + i).repeat(1_000 + i * 397)
    held.push({ text, message: write(output, text), release: holdWritten(output) })
    // Others are given back in any order.
    if (i % 3 === 2) held.splice((i * 7) % held.length, 1)[0]?.release()
    for (const each of held) assert.equal(each.message.toString(), each.text)
  }
})

test('memory is written again once nobody holds it', () => {
  const output = createOutput()
  const first = write(output, 'first')
  const second = write(output, 'second')
  const release = holdWritten(output)
  const third = write(output, 'third')
  const release_third = holdWritten(output)
  release()
  assert.notEqual(write(output, 'fourth').byteOffset, first.byteOffset)
  holdWritten(output)()
  assert.deepEqual([first, second, third].map(String), ['first', 'second', 'third'])
  release_third()
  const again = write(output, 'again')
  assert.equal(again.buffer, first.buffer)
  assert.equal(again.byteOffset, first.byteOffset)
})

test('giving back twice gives back once', () => {
  const output = createOutput()
  write(output, 'a')
  const release = holdWritten(output)
  const kept = write(output, 'kept')
  holdWritten(output)
  release()
  release()
  write(output, 'b')
  assert.equal(kept.toString(), 'kept')
})

test('full chunks come back, too, and large ones are let go', () => {
  const output = createOutput()
  const fill = (with_: string) =>
    [1, 2, 3].map(() => write(output, with_.repeat(CHUNK_BYTES - 10)).buffer)
  const chunks = new Set(fill('x'))
  const large = write(output, 'y'.repeat(CHUNK_BYTES + 1)).buffer
  holdWritten(output)()
  const again = fill('z')
  assert.equal(chunks.size, 3)
  assert.ok(again.every((buffer) => chunks.has(buffer)))
  assert.ok(!again.includes(large))
})
