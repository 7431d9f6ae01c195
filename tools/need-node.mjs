// Run before every script of package.json, by whatever Node is there: plain old JavaScript on purpose.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `athanor needs Node 22.18 or newer, and this is Node ${process.versions.node}: the "node" package of the devDependencies is not there. ` +
      'Run "npm ci"; if its install script was not allowed, run "npm rebuild node" as well.\n',
  )
  process.exitCode = 1
}
