import { createHash } from 'node:crypto'
import type { Call } from '../call.ts'
import type { ClaudeCodeCaller } from '../callers.ts'
import { attributes, logsMessage, nanoseconds } from './otlp.ts'

/** The `api_request` event of Claude Code's telemetry. It counts tokens and names the person; it carries no prompt. */
export function claudeCodeRecord(call: Call, caller: ClaudeCodeCaller): object {
  const installation = createHash('sha256').update(caller.email).digest('hex')
  return logsMessage(
    attributes([
      ['service.name', 'claude-code'],
      ['service.version', '2.1.202'],
      ['os.type', 'linux'],
      ['host.arch', 'amd64'],
    ]),
    { name: 'com.anthropic.claude_code.events', version: '2.1.202' },
    {
      timeUnixNano: nanoseconds(call.start_ms),
      observedTimeUnixNano: nanoseconds(call.start_ms + call.duration_ms),
      severityNumber: 9,
      severityText: 'INFO',
      body: { stringValue: 'claude_code.api_request' },
      attributes: attributes([
        ['user.id', caller.verified_subject ?? installation],
        ['session.id', call.session_id],
        ['organization.id', 'd8bfb5ca-22a1-4201-8e04-9a36e58ce1f4'],
        ['user.email', caller.email],
        ['terminal.type', 'vscode'],
        ['event.name', 'api_request'],
        ['event.timestamp', new Date(call.start_ms).toISOString()],
        ['model', caller.model],
        ['cost_usd', String(call.cost_usd)],
        ['duration_ms', String(call.duration_ms)],
        ['input_tokens', String(call.input_tokens)],
        ['output_tokens', String(call.output_tokens)],
        ['request_id', `req_${call.span_id}`],
        ['query_source', 'repl_main_thread'],
        ...(caller.verified_subject === undefined
          ? []
          : ([['identity.source', 'gateway-oidc']] as const)),
      ]),
    },
  )
}
