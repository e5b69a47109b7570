import type { Prompts } from './prompts.ts'
import { createPrompts } from './prompts.ts'
import type { Caller } from './callers.ts'
import type { Random } from './random.ts'

/** One model call before it is written down in the shape of a source. */
export interface Call {
  readonly id: string
  readonly trace_id: string
  readonly span_id: string
  readonly session_id: string
  /** Epoch milliseconds. */
  readonly start_ms: number
  readonly duration_ms: number
  readonly system: string
  readonly prompt: string
  readonly completion: string
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost_usd: number
}

const BYTES_PER_TOKEN = 4
const USD_PER_INPUT_TOKEN = 2.5e-6
const USD_PER_OUTPUT_TOKEN = 1e-5

export function createCallMaker(random: Random): (caller: Caller, start_ms: number) => Call {
  const prompts: Prompts = createPrompts(random)
  return (caller, start_ms) => {
    const prompt = prompts.prompt(caller.texture)
    const completion = prompts.completion(caller.texture)
    const input_tokens = Math.ceil(prompt.length / BYTES_PER_TOKEN) + 24
    const output_tokens = Math.ceil(completion.length / BYTES_PER_TOKEN)
    const cost = input_tokens * USD_PER_INPUT_TOKEN + output_tokens * USD_PER_OUTPUT_TOKEN
    return {
      id: random.uuid(),
      trace_id: random.hex(32),
      span_id: random.hex(16),
      session_id: random.uuid(),
      start_ms,
      duration_ms: 200 + output_tokens * random.integer(4, 9),
      system: prompts.system(),
      prompt,
      completion,
      input_tokens,
      output_tokens,
      cost_usd: Math.round(cost * 1e8) / 1e8,
    }
  }
}
