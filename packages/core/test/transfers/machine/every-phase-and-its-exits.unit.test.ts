/** The whole table: what each event does in each phase. What a row leaves out changes neither phase nor anything else. */
import { describe, expect, it } from 'vitest'
import type { Phase, TransferEvent } from '../../../src/transfers/transfer-machine.ts'
import { after, calm, interrupted, loading, lost, restart, standing } from '../support/machine-script.ts'

const events: { readonly [name: string]: TransferEvent } = {
  resume: { type: 'resume' },
  suspend: { type: 'suspend' },
  cancel: { type: 'cancel', keepBytes: false },
  due: { type: 'due' },
  'begin-date': { type: 'begin-date', at: null },
  slot: { type: 'slot' },
  responded: { type: 'responded' },
  advanced: { type: 'advanced' },
  interrupted: interrupted(),
  restart: restart(),
  fatal: { type: 'fatal', error: lost(), keepBytes: true },
  filled: { type: 'filled' },
  sealed: { type: 'sealed' },
  ended: { type: 'ended' },
  stopped: { type: 'stopped' },
  'hold-over': { type: 'hold-over' },
  deadline: { type: 'deadline' },
  online: { type: 'online' },
  wake: { type: 'wake' },
  settled: { type: 'settled' },
}

const end = 'ending: clear-timer, release-slot, fail'
const anyEnd = { cancel: end, fatal: end, deadline: end }
/** A slot that comes when none is wanted goes back. */
const back = (phase: string): string => `${phase}: release-slot`
const until = calm.now + 5000

const table: readonly [title: string, phase: Phase, exits: { readonly [event: string]: string }][] = [
  [
    'idle',
    { name: 'idle' },
    { ...anyEnd, resume: 'queued: deadline, save, clear-timer, request-slot', slot: back('idle') },
  ],
  [
    'waiting for its date',
    { name: 'waiting', for: 'begin-date', until },
    {
      ...anyEnd,
      suspend: 'idle: clear-timer, save',
      due: 'queued: clear-timer, request-slot',
      'begin-date': 'queued: clear-timer, request-slot',
      slot: back('waiting'),
    },
  ],
  [
    'waiting to try again',
    { name: 'waiting', for: 'retry', until },
    {
      ...anyEnd,
      suspend: 'idle: clear-timer, save',
      due: 'queued: clear-timer, request-slot',
      slot: back('waiting'),
    },
  ],
  [
    'waiting for a network',
    { name: 'waiting', for: 'connectivity', until },
    {
      ...anyEnd,
      suspend: 'idle: clear-timer, save',
      due: 'queued: clear-timer, request-slot',
      online: 'queued: clear-timer, request-slot',
      wake: 'queued: clear-timer, request-slot',
      slot: back('waiting'),
    },
  ],
  ['queued', { name: 'queued' }, { ...anyEnd, suspend: 'idle: release-slot, save', slot: 'loading: start' }],
  [
    'loading',
    loading,
    {
      ...anyEnd,
      suspend: 'held: hold, timer, save',
      interrupted: 'waiting: release-slot, save, say-retrying, timer',
      restart: 'loading: start',
      filled: 'sealing: clear-timer, release-slot, seal',
      online: 'loading: hurry',
      wake: 'loading: hurry',
      slot: back('loading'),
    },
  ],
  [
    'held',
    { name: 'held', advanced: true },
    {
      ...anyEnd,
      resume: 'loading: clear-timer, unhold, save',
      interrupted: 'idle: clear-timer, release-slot',
      restart: 'idle: clear-timer, release-slot',
      filled: 'sealing: clear-timer, release-slot, seal',
      'hold-over': 'stopping: stop',
      slot: back('held'),
    },
  ],
  [
    'stopping',
    { name: 'stopping' },
    {
      ...anyEnd,
      suspend: 'stopping: save',
      stopped: 'queued: release-slot, clear-timer, request-slot',
      slot: back('stopping'),
    },
  ],
  [
    'sealing',
    { name: 'sealing' },
    { ...anyEnd, suspend: 'sealing: save', sealed: 'delivering: deliver', slot: back('sealing') },
  ],
  ['ending', { name: 'ending' }, { ended: 'delivering' }],
  ['delivering', { name: 'delivering' }, { settled: 'over: forget' }],
  ['over', { name: 'over' }, {}],
]

describe.each(table)('%s', (_title, phase, exits) => {
  it.each(Object.keys(events))('%s', (name) => {
    const before = standing(phase)
    const step = after(before, events[name] as TransferEvent)
    const done = step.does.length > 0 ? `: ${step.does.join(', ')}` : ''
    expect(step.phase + done).toBe(exits[name] ?? phase.name)
    if (exits[name] === undefined && name !== 'advanced') expect(step.state.phase).toEqual(phase)
  })
})
