/** The curve of the last minute, and the number of this moment. */
import type { Meter } from '../downloads/meter.ts'
import { speed } from '../words.ts'
import { find, write } from './dom.ts'

const height = 40
/** The curve is never taller than this, so that a trickle does not look like a flood. */
const smallestScale = 1_000_000
/** Samples between two changes of what a screen reader finds. */
const aloudEvery = 10

export function showThroughput(meter: Meter): void {
  const svg = find('throughput', SVGSVGElement)
  const [area, line] = svg.querySelectorAll('path')
  const now = find('throughput-now', HTMLOutputElement)
  const peakLabel = find('throughput-peak', HTMLSpanElement)
  let count = 0
  let scale = smallestScale

  meter.onSample(() => {
    const { rate } = meter
    const samples = smoothed(meter.samples)
    const peak = Math.max(...samples)
    // Room above the highest point; shrinks only slowly, or the whole curve would jump.
    scale = Math.max(smallestScale, peak * 1.15, scale * 0.95)
    const points = samples.map((value, x) => `${x},${(height - 1 - (value / scale) * (height - 3)).toFixed(2)}`)
    line?.setAttribute('d', `M${points.join('L')}`)
    area?.setAttribute('d', `M0,${height}L${points.join('L')}L${samples.length - 1},${height}Z`)
    write(now, speed(rate))
    write(peakLabel, peak > 0 ? `peak ${speed(peak)}` : '')
    if (count++ % aloudEvery === 0)
      svg.setAttribute('aria-label', `Throughput over the last minute: ${speed(rate)} now, ${speed(peak)} at most`)
  })
}

/** Each point with the three before it: bytes arrive in gusts, and a curve of gusts tells nothing. */
function smoothed(samples: readonly number[]): number[] {
  return samples.map((_, index) => {
    const near = samples.slice(Math.max(0, index - 3), index + 1)
    return near.reduce((sum, one) => sum + one, 0) / near.length
  })
}
