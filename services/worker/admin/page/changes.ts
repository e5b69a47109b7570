/**
 * What changed since when: each section of the page has the version in which it last became another. A client names the
 * last one it has, and gets what is newer. The ids begin with this server's own name, so that one that was started again
 * does not take them for its own.
 *
 *   <instance>-<version>
 */
import { randomUUID } from 'node:crypto'
import { iconOf, titleOf, type Picture } from './document.ts'

export interface Changes {
  /** Of the last picture; 0 before there is one. */
  readonly version: number
  /** Id of that version. */
  readonly id: string
  /** Makes a picture and notes what became another. */
  refresh(): Picture
  /** Version of an id; 0, before everything, where it is not ours. */
  versionOf(id: string | undefined): number
  /** The event that brings what is newer. There has been a picture. */
  eventAfter(version: number): string
}

export function createChanges(make: () => Picture): Changes {
  const instance = randomUUID().slice(0, 8)
  const sections = new Map<string, { readonly markup: string; readonly version: number }>()
  let version = 0
  let last: Picture | undefined
  return {
    get version() {
      return version
    },
    get id() {
      return `${instance}-${version}`
    },
    refresh() {
      const picture = make()
      const changed = Object.entries(picture.sections).filter(
        ([id, markup]) => sections.get(id)?.markup !== markup,
      )
      if (changed.length > 0) version += 1
      for (const [id, markup] of changed) sections.set(id, { markup, version })
      last = picture
      return picture
    },
    versionOf(id) {
      const parts = /^(?<instance>[0-9a-f]{8})-(?<version>\d{1,15})$/.exec(id ?? '')?.groups
      const known = parts?.['instance'] === instance ? Number(parts['version']) : 0
      return known <= version ? known : 0
    },
    eventAfter(after) {
      const newer = [...sections].filter(([, section]) => section.version > after)
      const data = last && {
        at: last.at,
        title: titleOf(last),
        icon: iconOf(last.level),
        headline: last.headline,
        announcement: `${last.headline}. ${last.summary}`,
        sections: Object.fromEntries(newer.map(([id, { markup }]) => [id, markup])),
      }
      return `id: ${instance}-${version}\ndata: ${JSON.stringify(data)}\n\n`
    },
  }
}
