import type { Call } from '../call.ts'
import type { BedrockCaller } from '../callers.ts'

const ACCOUNT = '111122223333'

/** An Amazon Bedrock model invocation log with its bodies inline. */
export function bedrockRecord(call: Call, caller: BedrockCaller): object {
  return {
    schemaType: 'ModelInvocationLog',
    schemaVersion: '1.0',
    timestamp: `${new Date(call.start_ms).toISOString().slice(0, 19)}Z`,
    accountId: ACCOUNT,
    identity: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${caller.role}/${caller.session}` },
    region: 'eu-central-1',
    requestId: call.id,
    operation: 'Converse',
    modelId: caller.model,
    inferenceRegion: 'eu-west-1',
    input: {
      inputContentType: 'application/json',
      inputBodyJson: {
        system: [{ text: call.system }],
        messages: [{ role: 'user', content: [{ text: call.prompt }] }],
      },
      inputTokenCount: call.input_tokens,
    },
    output: {
      outputContentType: 'application/json',
      outputBodyJson: {
        output: { message: { role: 'assistant', content: [{ text: call.completion }] } },
        usage: {
          inputTokens: call.input_tokens,
          outputTokens: call.output_tokens,
          totalTokens: call.input_tokens + call.output_tokens,
        },
        stopReason: 'end_turn',
      },
      outputTokenCount: call.output_tokens,
    },
  }
}
