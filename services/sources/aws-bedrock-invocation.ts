import type { Source } from '#/core/source.ts'
import { arnInitiators, modelScopes, sessionOf } from './aws.ts'

/**
 * AWS Bedrock model invocation log. The role that signed is the principal and its session name the consumer, unless the
 * receiver trusts the role as a broker of verified sessions. There is no address in this log. Input tokens exclude cache.
 */
export const awsBedrockInvocation = {
  name: 'aws-bedrock-invocation',
  system: 'aws',
  encoding: 'json',
  detect: [[{ field: '/schemaType', matches: ['ModelInvocationLog'] }]],
  needs: [[{ field: '/schemaType', is: 'present' }]],
  classes: [],
  otherwise: 'call',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      broker: 'role',
      aliases: [
        {
          first: [
            { field: '/identity/arn', kind: 'aws_role', transform: 'aws_role' },
            { field: '/identity/arn', kind: 'aws_user', transform: 'aws_user' },
          ],
        },
      ],
    },
    sessionOf('/identity/arn'),
    ...modelScopes('/modelId'),
  ],
  tag_maps: [{ field: '/requestMetadata', by: 'caller', tags: 'all' }],
  initiators: arnInitiators('/identity/arn'),
  account: ['/accountId'],
  net: [],
  hints: [],
  time: [{ field: '/timestamp', unit: 'iso' }],
  tokens: [
    {
      input: [['/input/inputTokenCount']],
      cache_read: [['/input/cacheReadInputTokenCount']],
      cache_write: [['/input/cacheWriteInputTokenCount']],
      cached: 'beside',
      output: [['/output/outputTokenCount']],
    },
  ],
  call: {
    operation: ['/operation'],
    only_provider: 'aws.bedrock',
    requested_model: ['/modelId'],
    request_id: ['/requestId'],
    status: [{ field: '/errorCode', failure: ['*'], absent: 'success' }],
  },
} as const satisfies Source
