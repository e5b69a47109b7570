import { styleText } from 'node:util'
import type { Output } from './command.ts'

/** Colour only where it can be seen; what decides is settled once per stream in `process-io.ts`. */
type Format = Parameters<typeof styleText>[0]

export function paint(format: Format, text: string, output: Pick<Output, 'has_color'>): string {
  return output.has_color ? styleText(format, text, { validateStream: false }) : text
}
export const bold = (text: string, output: Pick<Output, 'has_color'>): string =>
  paint('bold', text, output)
export const dim = (text: string, output: Pick<Output, 'has_color'>): string =>
  paint('dim', text, output)
