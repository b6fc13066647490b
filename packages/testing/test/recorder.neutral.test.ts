import { expect, test } from 'vitest'
import { Recorder } from '../src/recorder.ts'

type Methods = Record<string, (...args: unknown[]) => unknown>
const task = { identifier: 1 }
const on =
  (recorder: Recorder<Methods>) =>
  (method: string, ...args: unknown[]): unknown =>
    recorder.delegate[method]?.(...args)

test('writes calls down; a good life breaks no rule', async () => {
  const recorder = new Recorder<Methods>({ answers: { didReceiveResponse: () => 'allow' } })
  const call = on(recorder)
  call('didCreateTask', task)
  expect(await call('didReceiveResponse', task, 'response')).toBe('allow')
  await call('didWriteData', task, 5, 5, 10)
  await call('didWriteData', task, 5, 10, 10)
  for (const method of ['didFinishDownloading', 'didFinishCollectingMetrics', 'didComplete'])
    await call(method, task, null)
  await call('didBecomeInvalid', 'session', null)
  expect(recorder.names(1)).toEqual([
    'didCreateTask',
    'didReceiveResponse',
    'didWriteData*',
    'didFinishDownloading',
    'didFinishCollectingMetrics',
    'didComplete',
  ])
  expect(recorder.of('didWriteData').map(({ args }) => args)).toEqual([
    [5, 5, 10],
    [5, 10, 10],
  ])
  expect((await recorder.when('didComplete')).task).toBe(1)
  recorder.verify()
})

test.each([
  [['didCreateTask', 'didComplete', 'didWriteData'], 'didWriteData of task 1 after its didComplete'],
  [['didCreateTask', 'didComplete', 'didComplete'], 'didComplete of task 1 after its didComplete'],
  [['didCreateTask', 'didFinishDownloading', 'didWriteData'], 'after its didFinishDownloading'],
  [['didCreateTask', 'didFinishCollectingMetrics', 'didFinishDownloading'], 'after its didFinishCollectingMetrics'],
  [['didCreateTask', 'didReceiveResponse', 'willPerformRedirection'], 'after its didReceiveResponse'],
  [['didWriteData'], 'before its didCreateTask'],
  [['didCreateTask', 'didCreateTask'], 'a second time'],
  [['didBecomeInvalid', 'didWriteData'], 'after didBecomeInvalid'],
])('%j breaks a rule', async (methods, rule) => {
  const recorder = new Recorder<Methods>()
  const call = on(recorder)
  const last = methods.at(-1) as string
  for (const method of methods.slice(0, -1)) await call(method, task)
  expect(() => call(last, task)).toThrow(rule)
  expect(() => recorder.verify({ unfinished: true })).toThrow(rule)
})

test('calls beside each other, and tasks that never complete, are seen', async () => {
  const beside = new Recorder<Methods>()
  const call = on(beside)
  call('didCreateTask', task)
  const running = call('didWriteData', task)
  expect(() => call('didWriteData', task)).toThrow('while didWriteData was still running')
  await running

  const unpaired = new Recorder<Methods>()
  on(unpaired)('didCreateTask', task)
  expect(() => unpaired.verify()).toThrow('task 1 never completed')
  unpaired.verify({ unfinished: true })
})

test('a delegate of some methods only; restored tasks begin in the middle', async () => {
  const recorder = new Recorder<Methods>({ only: ['didComplete', 'didWriteData'], startsWithCreate: false })
  expect(Object.keys(recorder.delegate)).toEqual(['didComplete', 'didWriteData'])
  await on(recorder)('didWriteData', task)
  await on(recorder)('didComplete', task)
  recorder.verify()
})
