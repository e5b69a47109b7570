import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownersProblems } from '#/owners/index.ts'
import { ownersConfig } from '../../support/owners.ts'

function pointersFor(endpoint: string): readonly string[] {
  const config = ownersConfig({ directory: { type: 'http', endpoint } })
  return ownersProblems(config).map(({ pointer }) => pointer)
}

test('the endpoint of a directory is a base URL that a path can be appended to', () => {
  for (const endpoint of ['http://reg', 'https://reg:8085/base/', 'http://[::1]:1'])
    assert.deepEqual(pointersFor(endpoint), [], endpoint)
  for (const endpoint of [
    'http://',
    'http://reg:99999',
    'http://reg/?token=q',
    'http://reg#x',
    'http://user:pw@reg',
  ])
    assert.deepEqual(pointersFor(endpoint), ['/directory/endpoint'], endpoint)
})
