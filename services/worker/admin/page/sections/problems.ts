/** The last warnings and errors of the log, so that one need not look for it first. */
import type { LoggedProblem, Status } from '#/core/status.ts'
import { plural } from '../format.ts'
import { html, type Html } from '../html.ts'
import { empty, section, state, table, time } from './parts.ts'

export function problemsSection({ problems, at }: Status): Html {
  const title = 'Warnings and errors'
  if (problems.length === 0)
    return section('problems', title, empty('None since the start. The full log is on stderr.'))
  return section(
    'problems',
    title,
    table(
      'problems',
      `The last ${plural(problems.length, 'line')}, latest first`,
      [{ title: 'Time (UTC)' }, { title: 'Level' }, { title: 'Message' }, { title: 'Fields' }],
      problems.map((problem, index) => ({
        key: `${problem.at} ${index}`,
        cells: [
          time(problem.at, at),
          problem.level === 'error' ? state('wrong', 'error') : state('watch', 'warning'),
          problem.message,
          fieldsOf(problem),
        ],
      })),
    ),
  )
}

function fieldsOf({ fields }: LoggedProblem): readonly Html[] | string {
  const entries = Object.entries(fields)
  if (entries.length === 0) return '–'
  return entries.map(
    ([name, value]) =>
      html`<span class="field"
        ><span class="key">${name}</span> <code>${String(value)}</code></span
      > `,
  )
}
