/**
 * One error class for what an operator can act on. The message says what we were doing and which value was wrong; the
 * code says what the process should exit with. Anything else that is thrown is a bug.
 */

/** Error code → process exit code (sysexits: 64 usage is 2 here, 69 unavailable, 70 software, 78 config). */
export const ERROR_CODES = {
  usage: 2,
  dependency_unreachable: 69,
  internal: 70,
  config_invalid: 78,
} as const
export type ErrorCode = keyof typeof ERROR_CODES

export class WhosecallError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'WhosecallError'
    this.code = code
  }

  get exitCode(): number {
    return ERROR_CODES[this.code]
  }
}

/** Reads a message from anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
