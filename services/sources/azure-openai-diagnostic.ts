import type { Source } from '#/core/source.ts'

/**
 * Azure OpenAI: diagnostic log. An object id is there with Entra authentication only; present and empty means that a key
 * was used, which everybody who has it shares. `Tenant` is a region. There are no token counts, and addresses are masked.
 */
const COGNITIVE_SERVICES = [
  '*/MICROSOFT.COGNITIVESERVICES/*',
  '*/Microsoft.CognitiveServices/*',
  '*/microsoft.cognitiveservices/*',
] as const

export const azureOpenaiDiagnostic = {
  name: 'azure-openai-diagnostic',
  system: 'azure',
  encoding: 'json',
  wrappers: ['/records'],
  texts: ['/properties'],
  detect: [
    [{ field: '/category', matches: ['RequestResponse'] }],
    [
      { field: '/category', is: 'present' },
      { field: '/resourceId', matches: COGNITIVE_SERVICES },
    ],
  ],
  needs: [[{ field: '/category', is: 'present' }]],
  classes: [
    {
      when: [
        {
          field: '/operationName',
          matches: ['List*', 'Get*', 'Delete*', '*List', '*Get', '*Delete'],
        },
      ],
      class: 'admin',
    },
    { when: [{ field: '/category', matches: ['RequestResponse'] }], class: 'call' },
  ],
  otherwise: 'admin',
  identities: [
    {
      slot: 'principal',
      by: 'system',
      aliases: [{ first: [{ field: '/properties/objectId', kind: 'azure_sp' }] }],
    },
    {
      slot: 'scope',
      by: 'system',
      aliases: [
        {
          first: [
            {
              field: '/resourceId',
              then: { by: '/', field: '/properties/modelDeploymentName' },
              kind: 'scope',
              type: 'deployment',
              transform: 'azure_resource',
            },
          ],
          only_if_known: true,
        },
      ],
    },
  ],
  tag_maps: [],
  shared_when: [[{ field: '/properties/objectId', is: 'empty' }]],
  account: ['/resourceId'],
  net: ['/callerIpAddress'],
  hints: [],
  time: [{ field: '/time', unit: 'iso' }],
  call: {
    operation: ['/operationName'],
    only_provider: 'azure.ai.openai',
    requested_model: ['/properties/modelDeploymentName'],
    model: ['/properties/modelName'],
    request_id: ['/correlationId'],
    status: [{ field: '/resultSignature', success: ['2*'], failure: ['4*', '5*'] }],
    region_called: ['/location'],
  },
} as const satisfies Source
