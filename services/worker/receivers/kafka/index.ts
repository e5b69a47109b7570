import { KafkaReceiverConfig } from './config.ts'
import { candidatesOf, encodingsOf } from './receiver.ts'
import { createSniffer } from './sniff.ts'

export const kafka = {
  type: 'kafka',
  Config: KafkaReceiverConfig,
  candidatesOf,
  encodingsOf,
  createSniffer,
} as const
