import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { messageOf, WhosecallError } from '#/core/errors.ts'
import { linesOf } from '../lines.ts'
import type { Case } from './file.ts'

/** The bytes of a case's message. */
export async function messageOfCase(
  { json, text, base64, file, line }: Case['message'],
  folder: string,
): Promise<Buffer | null> {
  if (json !== undefined) return Buffer.from(JSON.stringify(json))
  if (text !== undefined) return Buffer.from(text)
  if (base64 !== undefined) return Buffer.from(base64, 'base64')
  if (file === undefined) return null
  try {
    if (line === undefined) return await readFile(resolve(folder, file))
    for await (const one of linesOf(createReadStream(resolve(folder, file)), file))
      if (one.line === line) return Buffer.from(one.value)
  } catch (error) {
    throw new WhosecallError('config_invalid', `cannot read ${file}: ${messageOf(error)}`)
  }
  throw new WhosecallError('config_invalid', `${file} has no message in line ${line}`)
}
