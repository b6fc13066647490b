/** Owns: httpbin, under gunicorn: Debian's python3-httpbin, or any Python that has both. */
import { notThere, ServerProcess, type RunningServer } from './server.ts'

/** The system's Python first: one that shadows it seldom has the system's packages. */
const pythons = ['/usr/bin/python3', 'python3']
const words = ['-m', 'gunicorn', '--bind', '127.0.0.1:0', '--worker-class', 'gthread', '--threads', '16']

export async function startHttpbin(candidates: readonly string[] = pythons): Promise<RunningServer> {
  for (const python of candidates) {
    const child = new ServerProcess(python, [...words, '--keep-alive', '75', 'httpbin:app'])
    // The master listens before it knows whether the app can be loaded; a worker says when it can.
    const listening = await child.says(/Listening at: (http:\/\/[\d.:]+)[^]*Booting worker/)
    const url = listening?.[1]
    if (url && (await answers(url))) return { url, whyNot: null, has: [], stop: () => child.stop('SIGQUIT') }
    await child.stop('SIGKILL')
  }
  return notThere('httpbin is not installed: apt-get install python3-httpbin gunicorn')
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/status/204`)).status === 204
  } catch {
    // Its worker could not load the app, and it has ended.
    return false
  }
}
