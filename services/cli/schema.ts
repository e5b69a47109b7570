import { readdirSync, readFileSync } from 'node:fs'
import { WhosecallError } from '#/core/errors.ts'
import { EXIT_OK, type Command } from './command.ts'
import { meantBy } from './nearest.ts'

/** Prints a published contract as JSON Schema 2020-12. A test keeps the generated ones as the code that reads a config says. */
const FOLDER = new URL('../../schemas/', import.meta.url)
const SUFFIX = '.schema.json'

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
  words: () => schemaNames(),
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
    await io.out.write(readFileSync(new URL(`${name}${SUFFIX}`, FOLDER)))
    return EXIT_OK
  },
}

export function schemaNames(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .toSorted()
}
