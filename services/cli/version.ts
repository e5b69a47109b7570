import { readFileSync } from 'node:fs'

/** The version in package.json: what `--version` prints and `whosecall_build_info` says. */
export const VERSION: string = readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version }: { readonly version: string } = JSON.parse(text)
  return version
}
