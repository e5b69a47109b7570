import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binDirectory, missing, PROGRAMS } from '../stack/programs.ts'
import { textOf } from './tree.ts'

/** The programs of others that tests run: what the CI installs is what the table says. */
const ci = textOf('.ci/run')

test('the CI builds Helm from what the table says, and installs the packages that bring the others', () => {
  assert.ok(ci.includes(`go install ${PROGRAMS.helm.go} &`))
  const packages = Object.values(PROGRAMS).flatMap((of) => ('debian' in of ? [of.debian] : []))
  for (const name of packages) assert.ok(ci.includes(`packages+=(${name})`), name)
})

test('where a program is missing, the error says the commands that provide it', () => {
  const message = missing('promtool', PROGRAMS.promtool)
  assert.match(message, /needs promtool/)
  assert.match(message, /apt-get install prometheus/)
  assert.match(
    message,
    new RegExp(`GOBIN=\\S+whosecall-test/bin go install ${PROGRAMS.promtool.go}`),
  )
})

test('programs are built outside the work tree, at a pinned version', () => {
  assert.ok(!binDirectory().startsWith(import.meta.dirname))
  for (const of of Object.values(PROGRAMS))
    if ('go' in of) assert.match(of.go, /^[\w./-]+@v\d+\.\d+\.\d+$/)
})
