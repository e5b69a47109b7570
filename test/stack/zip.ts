import { inflateRawSync } from 'node:zlib'

/**
 * Reads one entry of a zip file (a jar is one). The Redis server for machines without Redis lies in a jar, and neither
 * `unzip` nor the JDK's `jar` can be relied upon: a Java runtime without the JDK is enough to run the broker.
 */

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const END_BYTES = 22

export function zipEntry(zip: Buffer, wanted: string): Buffer | undefined {
  const end = zip.lastIndexOf(signature(END_OF_DIRECTORY))
  if (end < 0 || end + END_BYTES > zip.length) throw new Error('not a zip file')
  const count = zip.readUInt16LE(end + 10)
  let at = zip.readUInt32LE(end + 16)
  for (let i = 0; i < count; i++) {
    if (zip.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('broken zip directory')
    const nameBytes = zip.readUInt16LE(at + 28)
    const name = zip.toString('utf8', at + 46, at + 46 + nameBytes)
    if (name === wanted) return entryContent(zip, at)
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return undefined
}

function entryContent(zip: Buffer, entry: number): Buffer {
  const stored = zip.readUInt16LE(entry + 10) === 0
  const compressedBytes = zip.readUInt32LE(entry + 20)
  const size_bytes = zip.readUInt32LE(entry + 24)
  const local = zip.readUInt32LE(entry + 42)
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
  const raw = zip.subarray(start, start + compressedBytes)
  return stored ? raw : inflateRawSync(raw, { maxOutputLength: size_bytes })
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
