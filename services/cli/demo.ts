import { EXIT_OK, type Command } from './command.ts'

/**
 * The first contact: the real worker on an in-process bus, fed with generated calls. Or the same calls, into Kafka. What it
 * takes is loaded once the options are known to be right.
 */
const SEED = 7
const EVENTS_PER_SECOND = 400
const METRICS_PORT = 9464

export const command: Command = {
  help: {
    examples: [
      ['whosecall demo', 'watch it work until Ctrl-C'],
      [
        'whosecall demo --events 5000 --seed 7 --json',
        'the attributed events, one a line, always the same',
      ],
      ['whosecall demo --kafka --create-topics', 'create the topics of the demo at KAFKA_BROKERS'],
      ['whosecall demo --kafka', 'send the generated calls there, for a worker of your own'],
    ],
    usage: '[options]',
    details: [
      'Four calls in five have an owner. Then a service appears that is known only by its address, and the',
      'unattributed rate climbs over the alert line.',
    ],
  },
  options: {
    events: { type: 'integer', value: 'N', min: 1, description: 'end by itself after N events' },
    seed: {
      type: 'integer',
      value: 'S',
      min: 0,
      max: 0xffff_ffff,
      description: `another story of the same kind (default ${SEED})`,
    },
    json: {
      type: 'flag',
      description: 'print the output events, one a line, and nothing else on stdout',
    },
    rate: {
      type: 'integer',
      value: 'N',
      min: 1,
      max: 100_000,
      description: `events a second (default ${EVENTS_PER_SECOND}; with --events as fast as it goes)`,
    },
    'metrics-port': {
      type: 'integer',
      value: 'PORT',
      min: 0,
      max: 65_535,
      description: `where /metrics is served on 127.0.0.1 (default ${METRICS_PORT}, or any when it is taken)`,
    },
    kafka: {
      type: 'flag',
      description: 'only produce, to Kafka at KAFKA_BROKERS (default localhost:9092)',
    },
    'create-topics': { type: 'flag', description: 'with --kafka: create the topics, and end' },
  },
  async run(args, io) {
    const events = args.integer('events')
    const rate = args.integer('rate') ?? (events === undefined ? EVENTS_PER_SECOND : undefined)
    const plan = {
      seed: args.integer('seed') ?? SEED,
      ...(events === undefined ? {} : { events }),
      ...(rate === undefined ? {} : { per_second: rate }),
      metrics_port: args.integer('metrics-port') ?? (args.flag('json') ? 0 : METRICS_PORT),
    }
    if (args.flag('kafka')) {
      const { produce } = await import('./demo/produce.ts')
      await produce(plan, args.flag('create-topics'), io)
    } else {
      const { printJson, show } = await import('./demo/show.ts')
      await (args.flag('json') ? printJson(plan, io) : show(plan, io))
    }
    return EXIT_OK
  },
}
