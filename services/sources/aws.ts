import type { Identity, InitiatorRule, KeyRule } from '#/core/source.ts'

/**
 * What the two logs of AWS Bedrock have in common: sessions that a tool named and not a person, and models that are
 * registered things of an account.
 */

export const SESSION_NOBODY = ['botocore-session-<digits>', 'i-<hex>', 'aws-sdk-*'] as const

/** Who signed the request, when the receiver does not trust the role as a broker of verified sessions. */
export function sessionOf(arn: string): Identity {
  return {
    slot: 'consumer',
    by: 'system',
    broker: 'session',
    aliases: [
      {
        first: [
          {
            field: arn,
            kind: 'user_or_mail',
            transform: 'aws_session',
            nobody: SESSION_NOBODY,
          },
        ],
      },
    ],
  }
}

/**
 * Roles of IAM Identity Center are assumed by people who signed in; an instance names the session of its role after itself.
 */
export function arnInitiators(arn: string): readonly InitiatorRule[] {
  return [
    {
      when: [{ field: arn, matches: ['arn:*:sts::*:assumed-role/AWSReservedSSO_*'] }],
      initiator: 'human',
    },
    {
      when: [{ field: arn, matches: ['arn:*:sts::*:assumed-role/*/i-<hex>'] }],
      initiator: 'service',
    },
  ]
}

/** A profile or a provisioned model is a container with an owner; any other model is not. */
export function modelScopes(field: string): readonly Identity[] {
  const rule = (type: string): KeyRule => ({
    field,
    kind: 'scope',
    type,
    matches: [
      type === 'inference-profile'
        ? 'arn:*:bedrock:*:application-inference-profile/*'
        : 'arn:*:bedrock:*:provisioned-model/*',
    ],
  })
  return [
    { slot: 'scope', by: 'system', aliases: [{ first: [rule('inference-profile')] }] },
    {
      slot: 'scope',
      by: 'system',
      aliases: [{ first: [rule('provisioned-model')], only_if_known: true }],
    },
  ]
}
