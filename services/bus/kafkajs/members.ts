import type kafkajs from 'kafkajs'
import type { Commit, ConsumerOptions } from '#/core/bus.ts'
import type { Ports } from '#/core/ports.ts'
import type { ConnectionConfig } from '../config.ts'
import { kafkaErrorOf, unreachable } from './errors.ts'
import { createMembership, type Membership, type Subscription } from './membership.ts'
import { createOffsetWatch } from './offset-watch.ts'
import { createRestarts } from './restarts.ts'
import type { RunsOf } from './runs.ts'
import { createSession } from './session.ts'
import type { KafkaSettings } from './settings.ts'

/**
 * One session over one membership of the group after the other. A membership is replaced when the consumer is to have other
 * topics, because kafkajs takes none while it runs. What can still be committed is, the rest is revoked, the group is
 * left, and the next membership begins at the commits of the group, with a higher epoch.
 *
 * While a membership is joining it is not replaced: kafkajs cannot be stopped then, and would go on as a member that nobody
 * hears.
 */

export interface KafkaConsumerOptions {
  /** Of one membership; `isHeld` says whether a partition waits for its handler. */
  readonly createClient: (isHeld: () => boolean) => kafkajs.Kafka
  readonly connection: ConnectionConfig
  readonly settings: KafkaSettings
  readonly ports: Ports
  readonly consumer: ConsumerOptions
  readonly runsOf: RunsOf
}

export interface MembersOptions extends KafkaConsumerOptions {
  readonly admin: kafkajs.Admin
  /** The topics may have changed: a membership has crashed. */
  readonly onCrashed: () => Promise<void>
}

export interface Members {
  /** The first membership; rejects when it cannot be had. */
  join(subscription: Subscription): Promise<void>
  readonly may_be_replaced: boolean
  /** Never rejects: what cannot be joined within the restarts that are allowed is a failure of the consumer. */
  replace(subscription: () => Promise<Subscription>): Promise<void>
  commit(positions: readonly Commit[], epoch: number): Promise<void>
  /** Hands out no more. The membership stays. */
  halt(): void
  /** Nothing is tried again; what is under way comes to its end. */
  end(): void
  /** Resolves when the group is left and the admin client is used no more. */
  leave(): Promise<void>
}

export function createMembers(options: MembersOptions): Members {
  const { connection, settings, ports, consumer, admin } = options
  const { handler, group_id } = consumer
  const restarts = createRestarts(settings, ports)
  const restarted = ports.meter.counter('whosecall_client_restarts_total')
  const session = createSession(
    handler,
    {
      pause: (partition) => current?.control.pause(partition),
      resume: (partition) => current?.control.resume(partition),
      seek: (position) => current?.control.seek(position),
    },
    (topic) => consumer.initial_offset === 'earliest' || from_beginning.has(topic),
    options.runsOf,
  )
  const offsets = createOffsetWatch({ admin, session, consumer, settings, ports })
  let current: Membership | undefined
  let from_beginning: Subscription['from_beginning'] = new Set()
  let halted = false
  /** kafkajs has stopped, and asks whether to start again. */
  let crashed = false

  function begin(how: { readonly joins_patiently: boolean }): Membership {
    current = createMembership({
      ...how,
      client: options.createClient(session.isHeld),
      connection,
      settings,
      ports,
      consumer,
      session,
      restarts,
      onJoined: () => offsets.joined(),
      async onCrashed() {
        crashed = true
        await options.onCrashed()
        crashed = false
      },
    })
    return current
  }

  async function joinAgain(subscription: () => Promise<Subscription>): Promise<void> {
    while (!restarts.ended) {
      const membership = begin({ joins_patiently: false })
      try {
        const wanted = await subscription()
        from_beginning = wanted.from_beginning
        return await membership.join(wanted)
      } catch (error) {
        await membership.leave().catch(() => {})
        if (await restarts.allow()) {
          restarted.add(1)
          const { message } = kafkaErrorOf(error)
          ports.logger.warn({ group_id, message }, 'the group could not be joined; trying again')
        } else if (!restarts.ended) {
          handler.onFailure(unreachable(connection, `consuming as group ${group_id}`, error))
          return
        }
      }
    }
  }

  return {
    join(subscription) {
      from_beginning = subscription.from_beginning
      return begin({ joins_patiently: true }).join(subscription)
    },
    get may_be_replaced() {
      return !halted && (crashed || current?.is_joined === true)
    },
    async replace(subscription) {
      const membership = current
      try {
        if (consumer.initial_offset === 'latest') await membership?.keepBeginnings()
        session.revoke()
        await membership?.leave().catch(() => {})
        await joinAgain(subscription)
      } catch (error) {
        handler.onFailure(error)
      }
    },
    async commit(positions, epoch) {
      await current?.commit(positions, epoch)
    },
    halt() {
      halted = true
      session.halt()
    },
    end() {
      restarts.end()
      session.halt()
    },
    async leave() {
      await Promise.all([offsets.end(), current?.leave()])
    },
  }
}
