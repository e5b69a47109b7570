import { createReadStream, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { WhosecallError } from '#/core/errors.ts'
import { ENCODINGS, type Encoding } from '#/core/words.ts'
import { SOURCES, sourceNamed } from '#/sources/index.ts'
import { EXIT_FINDINGS, EXIT_OK, type Arguments, type Command, type Io } from './command.ts'
import { linesOf, wholeOf } from './lines.ts'
import { meantBy } from './nearest.ts'
import { createDetect, detectedText } from './sources/detect.ts'
import { sectionsOf } from './sources/detail.ts'
import { factsOf } from './sources/facts.ts'
import { COLUMNS, FOOTNOTE, rowsOf, terminalTable } from './sources/list.ts'
import { bold } from './style.ts'

/** The sources as their data files describe them, and which of them wrote a given line. */

const DETECT = 'detect'

export const command: Command = {
  help: {
    examples: [
      ['whosecall sources', 'every source: what it can tell, and what it cannot'],
      ['whosecall sources litellm', 'one of them: fields, keys, rungs, what names nobody'],
      ['whosecall sources detect calls.ndjson', 'which source each line is of, and why'],
      ['zcat calls.gz | whosecall sources detect --json -', 'the same as data, one line each'],
    ],
    usage: '[NAME | detect [--encoding E] FILE…|-] [--json]',
    details: [
      'verified: written by the system itself. claimed: anyone who sends a request may have written it.',
      'at best: the highest confidence of a decision, on a topic whose producers are trusted.',
      'detect exits 1 when a line is of no source. It names fields, never what stands in them.',
    ],
  },
  options: {
    json: { type: 'flag', description: 'print data: one JSON object a line' },
    encoding: {
      type: 'text',
      value: 'ENCODING',
      description: 'detect: encoding of the messages (default: recognised by their first bytes)',
      choices: [...ENCODINGS],
    },
  },
  words: () => [DETECT, ...SOURCES.map((source) => source.name)],
  run(args, io) {
    const [name, ...rest] = args.positionals
    if (name === DETECT) return detect(rest, args, io)
    if (args.text('encoding') !== undefined)
      throw new WhosecallError('usage', `--encoding is an option of whosecall sources ${DETECT}`)
    if (rest.length > 0)
      throw new WhosecallError('usage', `one source at a time, not ${args.positionals.join(' ')}`)
    return name === undefined ? list(args, io) : show(name, args, io)
  },
}

async function list(args: Arguments, io: Io): Promise<number> {
  if (args.flag('json')) {
    for (const source of SOURCES) await io.out.write(`${JSON.stringify(factsOf(source))}\n`)
    return EXIT_OK
  }
  const [head = '', ...rows] = terminalTable(COLUMNS, rowsOf(SOURCES))
  await io.out.write([bold(head, io.out), ...rows, ''].join('\n'))
  await io.err.write(`${FOOTNOTE}\n`)
  return EXIT_OK
}

async function show(name: string, args: Arguments, io: Io): Promise<number> {
  const source = sourceNamed(name)
  if (source === undefined) throw unknownSource(name)
  if (args.flag('json')) {
    await io.out.write(`${JSON.stringify({ ...factsOf(source), source })}\n`)
    return EXIT_OK
  }
  const text = sectionsOf(source)
    .map(({ title, lines }) =>
      [bold(title, io.out), ...lines.map((line) => `  ${line}`), ''].join('\n'),
    )
    .join('\n')
  await io.out.write(text)
  return EXIT_OK
}

function unknownSource(name: string): WhosecallError {
  const names = SOURCES.map((source) => source.name)
  const meant = meantBy(name, [DETECT, ...names])
  const hint = meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${meant}?`
  return new WhosecallError('usage', `there is no source ${name}${hint}`)
}

async function detect(files: readonly string[], args: Arguments, io: Io): Promise<number> {
  if (files.length === 0)
    throw new WhosecallError('usage', 'which file? Name one or more, or - for stdin')
  for (const file of files)
    if (file !== '-' && !existsSync(resolve(io.cwd, file)))
      throw new WhosecallError('usage', `there is no file ${file}`)
  const encoding = encodingOf(args)
  const detectIn = createDetect(encoding)
  const events = new Map<string, number>()
  let has_failure = false
  for (const file of files) {
    const chunks = file === '-' ? io.stdin : createReadStream(resolve(io.cwd, file))
    const lines = encoding === 'otlp_proto' ? wholeOf(chunks, file) : linesOf(chunks, file)
    for await (const { line, value } of lines) {
      if (io.stop.aborted) return EXIT_OK
      const found = detectIn(value)
      for (const one of found) {
        const what = one.failure ?? one.source ?? 'empty'
        events.set(what, (events.get(what) ?? 0) + Math.max(one.events, 1))
        has_failure ||= one.failure !== undefined
        const text = args.flag('json')
          ? JSON.stringify({ file, line, ...one })
          : `${file}:${line}: ${detectedText(one)}`
        await io.out.write(`${text}\n`)
      }
    }
  }
  const summary = [...events].map(([what, count]) => `${count} ${what}`).join(', ')
  await io.err.write(`${summary || 'no messages'}\n`)
  return has_failure ? EXIT_FINDINGS : EXIT_OK
}

function encodingOf(args: Arguments): Encoding | undefined {
  const text = args.text('encoding')
  return ENCODINGS.find((encoding) => encoding === text)
}
