/** Puts the page together: the session and its list, the panels beside it, and the origin to try it all on. */
import './trusted-types.ts'
import { act } from './act.ts'
import { Downloads } from './downloads/downloads.ts'
import { Meter } from './downloads/meter.ts'
import { findDemoOrigin } from './lab/demo-origin.ts'
import { findEndpoints } from './lab/endpoints.ts'
import { setUpAddForm } from './ui/add-form.ts'
import { announceChanges } from './ui/announcer.ts'
import { find } from './ui/dom.ts'
import { setUpDrills } from './ui/drills.ts'
import { openOrExplain } from './ui/elsewhere.ts'
import { showFaults } from './ui/faults-panel.ts'
import { showHood, showStorage } from './ui/hood.ts'
import { List } from './ui/list.ts'
import { showSamples } from './ui/samples-panel.ts'
import { showTalkPanel } from './ui/talk-panel.ts'
import { showThroughput } from './ui/throughput.ts'
import { showUploadPanel } from './ui/upload-panel.ts'
import { Verifications } from './verify/verifications.ts'

const downloads = new Downloads()
const meter = new Meter(downloads)
const origin = findDemoOrigin()
const verifications = new Verifications(origin, (key) => list.invalidate(key))
const list = new List({
  downloads,
  meter,
  verifications,
  act: (download, action) => act(download, action, downloads, verifications),
})

setUpAddForm(downloads)
setUpDrills()
showThroughput(meter)
showHood(downloads.session)
find('pause-all', HTMLButtonElement).addEventListener('click', () => downloads.pauseAll())
find('resume-all', HTMLButtonElement).addEventListener('click', () => downloads.resumeAll())

await openOrExplain(() => downloads.open())
list.opened()
announceChanges(downloads)
showHood(downloads.session)

void showStorage(downloads.stored)
setInterval(() => void showStorage(downloads.stored), 5000)

const { uploads, echo } = await findEndpoints()
if (uploads) showUploadPanel(uploads, downloads)
if (echo !== undefined) showTalkPanel(echo)

const found = await origin
if (found) {
  showSamples(found, downloads)
  showFaults(found)
}
