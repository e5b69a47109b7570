import { pathToFileURL } from 'node:url'

/**
 * The test files of a folder that need no process of their own run in one: `test/run.ts` names the chosen files as
 * arguments, and each folder has an entry here that imports its own. Loading the modules anew for each file would cost
 * more than the tests do.
 */
export async function importChosen(folder: string): Promise<void> {
  for (const file of process.argv.slice(2))
    if (file.startsWith(folder)) await import(pathToFileURL(file).href)
}
