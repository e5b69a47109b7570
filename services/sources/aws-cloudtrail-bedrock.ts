import type { Source } from '#/core/source.ts'
import { arnInitiators, modelScopes, sessionOf } from './aws.ts'

/**
 * CloudTrail events of AWS Bedrock. The role that was assumed is the principal, by name and by the id that a re-created role
 * does not share; a long-term access key counts only if the directory knows it. There are no token counts.
 */
const SESSION = '/userIdentity/sessionContext'
const ISSUER = `${SESSION}/sessionIssuer`
const ARN = '/userIdentity/arn'

export const awsCloudtrailBedrock = {
  name: 'aws-cloudtrail-bedrock',
  system: 'aws',
  encoding: 'json',
  wrappers: ['/Records'],
  detect: ['/userIdentity', '/eventSource', '/eventVersion'].map((field) => [
    { field: '/eventName', is: 'present' } as const,
    { field, is: 'present' } as const,
  ]),
  needs: [[{ field: '/eventName', is: 'present' }]],
  classes: [
    { when: [{ field: '/eventName', matches: ['Converse*', 'InvokeModel*'] }], class: 'call' },
    {
      when: [
        {
          field: '/eventName',
          matches: ['InvokeAgent', 'InvokeInlineAgent', 'InvokeFlow', 'RetrieveAndGenerate'],
        },
      ],
      class: 'repeat',
    },
    {
      when: [{ field: '/eventName', matches: ['InvokeGateway', 'InvokeAgentRuntime'] }],
      class: 'tool_call',
    },
  ],
  otherwise: 'admin',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      broker: 'role',
      aliases: [
        {
          first: [
            { field: `${ISSUER}/arn`, kind: 'aws_role', transform: 'aws_role' },
            { field: `${ISSUER}/arn`, kind: 'aws_user', transform: 'aws_user' },
            { field: ARN, kind: 'aws_role', transform: 'aws_role' },
            { field: ARN, kind: 'aws_user', transform: 'aws_user' },
          ],
        },
        { first: [{ field: `${ISSUER}/principalId`, kind: 'aws_role_id', matches: ['AROA*'] }] },
      ],
    },
    sessionOf(ARN),
    {
      slot: 'consumer',
      by: 'system',
      aliases: [
        {
          first: [
            {
              field: '/userIdentity/onBehalfOf/userId',
              kind: 'user',
              issuer: '/userIdentity/onBehalfOf/identityStoreArn',
            },
          ],
        },
      ],
    },
    {
      slot: 'credential',
      by: 'system',
      aliases: [
        {
          first: [{ field: '/userIdentity/accessKeyId', kind: 'api_key', matches: ['AKIA*'] }],
          only_if_known: true,
        },
      ],
    },
    ...modelScopes('/requestParameters/modelId'),
  ],
  tag_maps: [],
  initiators: [
    // What CloudTrail says of the session: people type a code, open a console, or sign in to Identity Center.
    {
      when: [{ field: `${SESSION}/attributes/mfaAuthenticated`, is: 'true' }],
      initiator: 'human',
    },
    { when: [{ field: '/sessionCredentialFromConsole', is: 'true' }], initiator: 'human' },
    {
      when: [{ field: '/userIdentity/type', matches: ['IdentityCenterUser'] }],
      initiator: 'human',
    },
    { when: [{ field: '/userIdentity/type', matches: ['AWSService'] }], initiator: 'service' },
    { when: [{ field: `${SESSION}/ec2RoleDelivery`, is: 'named' }], initiator: 'service' },
    ...arnInitiators(ARN),
  ],
  nobody: { '/userIdentity/accountId': ['anonymous'] },
  account: ['/userIdentity/accountId', '/recipientAccountId'],
  net: ['/sourceIPAddress'],
  hints: [{ first: [{ field: '/userAgent', kind: 'application', transform: 'first_word' }] }],
  time: [{ field: '/eventTime', unit: 'iso' }],
  call: {
    operation: ['/eventName'],
    only_provider: 'aws.bedrock',
    requested_model: ['/requestParameters/modelId'],
    request_id: ['/requestID'],
    user_agent: ['/userAgent'],
    status: [{ field: '/errorCode', failure: ['*'], absent: 'success' }],
    region_called: ['/awsRegion'],
    region_served: ['/additionalEventData/inferenceRegion'],
  },
} as const satisfies Source
