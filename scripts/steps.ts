/**
 * Owns running a list of steps one after another: a line for each with its time and outcome, its output only when it fails,
 * and the count of tests at the end. What the steps are stands in checks.ts.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export interface Step {
  readonly name: string
  /** The command's words, or several commands, run in order. */
  readonly run: readonly (readonly string[])[]
  readonly env?: Readonly<Record<string, string>>
  /** Lines of the output that are shown even when it succeeds. */
  readonly shows?: RegExp
  /** Reads the counts off the report that the command wrote. */
  readonly tests?: () => Counts
}

export interface Counts {
  readonly passed: number
  readonly failed: number
}

const root = join(import.meta.dirname, '..')

/** Where reports of test runners go; emptied at the start, so that none is mistaken for a new one. */
export const reports: string = join(root, 'node_modules/.cache/reports')

/** Runs until one fails, sets the exit code, and prints `N passed, M failed` as the last line. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const started = performance.now()
  const total = { passed: 0, failed: 0 }
  for (const step of steps) {
    const succeeded = await runStep(step, total)
    if (succeeded) continue
    process.exitCode = 1
    console.log(`\nStopped at: ${step.name}`)
    break
  }
  console.log(`\n${seconds(started)} in all`)
  console.log(`${total.passed} passed, ${total.failed} failed`)
}

async function runStep(step: Step, total: { passed: number; failed: number }): Promise<boolean> {
  const started = performance.now()
  process.stdout.write(`${step.name.padEnd(28)} `)
  const outcome = await runCommands(step)
  const counts = step.tests ? readCounts(step.tests) : null
  total.passed += counts?.passed ?? 0
  total.failed += counts?.failed ?? 0
  // A test runner that says it succeeded and shows no test has not tested anything.
  const succeeded = outcome.succeeded && (counts === null || counts.passed > 0)
  const note = counts ? `  ${counts.passed} passed, ${counts.failed} failed` : ''
  console.log(`${succeeded ? 'ok    ' : 'FAILED'} ${seconds(started).padStart(7)}${note}`)
  if (!succeeded) console.log(`\n${outcome.output.trimEnd()}`)
  else for (const line of outcome.output.split('\n')) if (step.shows?.test(line)) console.log(`  ${line}`)
  return succeeded
}

async function runCommands({ run, env = {} }: Step): Promise<{ succeeded: boolean; output: string }> {
  let output = ''
  for (const [command = '', ...words] of run) {
    output += `$ ${[command, ...words].join(' ')}\n`
    const code = await runCommand(command, words, env, (text) => (output += text))
    if (code !== 0) return { succeeded: false, output }
  }
  return { succeeded: true, output }
}

function runCommand(
  command: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  hear: (text: string) => void,
): Promise<number> {
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd: root, env: { ...process.env, ...env, PATH: path } })
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    child.on('error', (error) => {
      hear(`${command}: ${error.message}\n`)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function readCounts(read: () => Counts): Counts {
  try {
    return read()
  } catch {
    // No report: the runner did not get as far as running a test.
    return { passed: 0, failed: 0 }
  }
}

/** A report as vitest writes it. A file that could not even be loaded counts as one failed test. */
export function vitestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(join(reports, file), 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    testResults: { status: string; assertionResults: unknown[] }[]
  }
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length }
}

/** A report as Playwright writes it. An error outside any test counts as one failed test. */
export function playwrightCounts(file: string): Counts {
  const { stats, errors } = JSON.parse(readFileSync(join(reports, file), 'utf8')) as {
    stats: { expected: number; unexpected: number; flaky: number }
    errors: unknown[]
  }
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`
}
