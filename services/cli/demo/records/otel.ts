import type { Call } from '../call.ts'
import type { OtelCaller } from '../callers.ts'
import { attributes, logsMessage, nanoseconds } from './otlp.ts'

/** A GenAI event of the OpenTelemetry semantic conventions, with content capture switched on. */
export function otelRecord(call: Call, caller: OtelCaller): object {
  const end_ms = call.start_ms + call.duration_ms
  const message = (role: string, content: string): object => ({
    role,
    parts: [{ type: 'text', content }],
  })
  return logsMessage(
    attributes([...caller.service, ['telemetry.sdk.language', 'nodejs']]),
    { name: '@opentelemetry/instrumentation-openai', version: '0.9.0' },
    {
      timeUnixNano: nanoseconds(call.start_ms),
      observedTimeUnixNano: nanoseconds(end_ms),
      severityNumber: 9,
      severityText: 'INFO',
      traceId: call.trace_id,
      spanId: call.span_id,
      eventName: 'gen_ai.client.inference.operation.details',
      attributes: attributes([
        ['gen_ai.operation.name', 'chat'],
        ['gen_ai.provider.name', caller.model.startsWith('claude') ? 'anthropic' : 'openai'],
        ['gen_ai.request.model', caller.model],
        ['gen_ai.response.model', caller.model],
        ['gen_ai.response.id', `msg_${call.span_id}`],
        ['gen_ai.conversation.id', call.session_id],
        ['gen_ai.usage.input_tokens', call.input_tokens],
        ['gen_ai.usage.output_tokens', call.output_tokens],
        ['gen_ai.input.messages', JSON.stringify([message('user', call.prompt)])],
        ['gen_ai.output.messages', JSON.stringify([message('assistant', call.completion)])],
        ['server.address', 'llm-gateway.example.com'],
        ['server.port', 443],
      ]),
    },
  )
}
