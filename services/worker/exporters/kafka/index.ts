import { KafkaExporterConfig } from './config.ts'
import { startExporter } from './exporter.ts'

export const kafka = {
  type: 'kafka',
  Config: KafkaExporterConfig,
  start: startExporter,
} as const
