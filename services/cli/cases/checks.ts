import { childPointer, pointerOf, type Check } from '#/config/index.ts'
import { readInstant, readRows } from '#/owners/index.ts'
import { CATALOGUE } from '#/telemetry/index.ts'
import { readSelector } from './compare.ts'
import type { Settings, TestFile } from './file.ts'

/** What no schema can say of a file of tests; told with its errors, before anything runs. */

const FORMS = ['json', 'text', 'base64', 'file', 'tombstone'] as const

const checkMessages: Check<TestFile> = ({ cases }, report) => {
  for (const [index, { message }] of cases.entries()) {
    const given = FORMS.filter((form) => message[form] !== undefined)
    const at = pointerOf('cases', index, 'message')
    const finding = { code: 'WC-T002', at: 'key' as const }
    if (given.length !== 1)
      report(at, {
        ...finding,
        message: given.length === 0 ? 'the message is missing' : 'the message stands there twice',
        expected: `one of ${FORMS.join(', ')}`,
      })
    if (message.line !== undefined && message.file === undefined)
      report(childPointer(at, 'line'), { ...finding, message: 'a line needs its file' })
  }
}

const checkRoutes: Check<TestFile> = ({ config, defaults, cases }, report) => {
  for (const [index, one] of cases.entries()) {
    const { receiver, source }: Settings = { ...defaults, ...one }
    const at = pointerOf('cases', index)
    if (config === undefined && source === undefined)
      report(at, {
        code: 'WC-T002',
        message: 'nobody says who reads the message',
        expected: 'source, in the case or in defaults; or config, in the file',
      })
    if (config === undefined && receiver !== undefined)
      report(childPointer(at, 'receiver'), {
        code: 'WC-T002',
        message: 'a receiver is one of a config',
        expected: 'config, in the file',
      })
  }
}

const checkInstants: Check<TestFile> = ({ defaults, cases }, report) => {
  const all = [
    ['/defaults', defaults ?? {}] as const,
    ...cases.map((one, index) => [pointerOf('cases', index), one] as const),
  ]
  for (const [at, settings] of all)
    for (const name of ['now', 'timestamp'] as const) {
      const text = settings[name]
      if (text === undefined || readInstant(text) !== undefined) continue
      const expected = 'a date, or a time with its zone (2026-01-31T08:00:00Z)'
      const message = 'this is no instant'
      report(childPointer(at, name), { code: 'WC-T002', message, expected, found: text })
    }
}

const checkRows: Check<TestFile> = ({ defaults, cases }, report) => {
  const all = [
    ['/defaults', defaults?.directory] as const,
    ...cases.map((one, index) => [pointerOf('cases', index), one.directory] as const),
  ]
  for (const [at, rows] of all)
    for (const { path, message } of readRows(rows ?? []).problems)
      report(`${at}${pointerOf('directory', ...path)}`, { code: 'WC-T002', message })
}

const METRICS = Object.keys(CATALOGUE)

const checkCounters: Check<TestFile> = ({ cases }, report) => {
  for (const [index, { expect }] of cases.entries())
    for (const selector of Object.keys(expect.counters ?? {})) {
      const { name, labels } = readSelector(selector)
      const at = childPointer(pointerOf('cases', index, 'expect', 'counters'), selector)
      const finding = { code: 'WC-T002', at: 'key' as const }
      const row = Object.entries(CATALOGUE).find(([metric]) => metric === name)?.[1]
      if (row === undefined)
        report(at, {
          ...finding,
          message: `there is no metric ${name}`,
          word: name,
          candidates: METRICS,
        })
      const known = Object.keys(row !== undefined && 'labels' in row ? row.labels : {})
      const unknown = labels.find(([label]) => !known.includes(label))?.[0]
      if (row !== undefined && unknown !== undefined)
        report(at, {
          ...finding,
          message: `${name} has no label ${unknown}`,
          expected: known.length === 0 ? 'no labels' : `one of ${known.join(', ')}`,
          word: unknown,
          candidates: known,
        })
    }
}

export const FILE_CHECKS: readonly Check<TestFile>[] = [
  checkMessages,
  checkRoutes,
  checkInstants,
  checkRows,
  checkCounters,
]
