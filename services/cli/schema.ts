import { readdirSync, readFileSync } from 'node:fs'
import { jsonSchemaOf } from '#/config/index.ts'
import { WhosecallError } from '#/core/errors.ts'
import { WorkerConfig } from '#/worker/index.ts'
import { EXIT_OK, type Command } from './command.ts'
import { meantBy } from './nearest.ts'

/** Prints a published contract as JSON Schema 2020-12. The schema of the config is made from the code that reads it. */
const FOLDER = new URL('../../schemas/', import.meta.url)
const SUFFIX = '.schema.json'
const CONFIG = 'config'

export const command: Command = {
  help: {
    examples: [
      ['whosecall schema', 'which schemas there are'],
      ['whosecall schema config > whosecall.schema.json', 'completion and checks in an editor'],
      ['whosecall schema attribution', 'the attribution object of an output event'],
    ],
    usage: '[NAME]',
  },
  options: {},
  async run(args, io) {
    const names = schemaNames()
    const [name] = args.positionals
    if (name === undefined) {
      await io.out.write(names.map((one) => `${one}\n`).join(''))
      return EXIT_OK
    }
    if (!names.includes(name)) {
      const meant = meantBy(name, names)
      const hint =
        meant === undefined ? `; there are ${names.join(', ')}` : `; did you mean ${meant}?`
      throw new WhosecallError('usage', `there is no schema ${name}${hint}`)
    }
    await io.out.write(schemaText(name))
    return EXIT_OK
  },
}

export function schemaNames(): readonly string[] {
  const published = readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
  return [...new Set([CONFIG, ...published])].toSorted()
}

function schemaText(name: string): string {
  if (name !== CONFIG) return readFileSync(new URL(`${name}${SUFFIX}`, FOLDER), 'utf8')
  const schema = jsonSchemaOf(WorkerConfig, { title: 'whosecall worker configuration' })
  return `${JSON.stringify(schema, null, 2)}\n`
}
