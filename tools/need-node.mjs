// Imported before every script of package.json, by whatever Node is there: plain old JavaScript on purpose. Scripts that go on say `exec`: a shell that stays between would keep npm's signals to itself.
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `athanor needs Node 22.18 or newer, and this is Node ${process.versions.node}: the "node" package of the devDependencies is not there. ` +
      'Run "npm ci"; if its install script was not allowed, run "npm rebuild node" as well.\n',
  )
  process.exit(1) // before the script is read, which it could not read
}
