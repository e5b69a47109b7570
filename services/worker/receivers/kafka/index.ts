import { KafkaReceiverConfig } from './config.ts'
import { candidatesOf, createSniffer, encodingsOf } from './receiver.ts'

export const kafka = {
  type: 'kafka',
  Config: KafkaReceiverConfig,
  candidatesOf,
  encodingsOf,
  createSniffer,
} as const
