/**
 * Refuses a Node too old to run TypeScript, in plain JavaScript because such a Node could not read anything else here.
 * Scripts preload it (`node --import ./scripts/node-version.mjs …`). It only ever speaks when the install did not succeed.
 */
const oldest = [22, 18]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  console.error(
    `This is Node ${process.versions.node}, and ${oldest.join('.')} or newer is needed. The workspace brings its own Node: ` +
      '`npm test` and `npm start` use it once dependencies are installed, so see above why they could not be.',
  )
  process.exit(1)
}
