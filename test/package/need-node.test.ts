import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'

/** Runs the preflight as if this Node had another version. */
function preflight(version: string): { status: number | null; stderr: string } {
  const pretend = `Object.defineProperty(process, 'versions', { value: { node: '${version}' } })`
  const args = ['--input-type=module', '-e', `${pretend}; await import('./tools/need-node.mjs')`]
  return spawnSync(process.execPath, args, { encoding: 'utf8' })
}

describe('the scripts of package.json', () => {
  // settled M27
  it('say in one line what to do where Node is too old', () => {
    for (const version of ['20.20.2', '22.17.1']) {
      const { status, stderr } = preflight(version)
      assert.equal(status, 1)
      assert.match(
        stderr,
        /^athanor needs Node 22\.18 or newer, and this is Node [\d.]+: .*npm ci.*npm rebuild node.*\n$/,
      )
    }
  })

  it('are silent on a Node that will do', () => {
    for (const version of ['22.18.0', '24.21.0', '26.0.0']) {
      const { status, stderr } = preflight(version)
      assert.equal(status, 0)
      assert.equal(stderr, '')
    }
  })

  // settled M27
  it('all look first, and the Node that npm ci brings may run its install script', () => {
    const { scripts, allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>
      allowScripts: Record<string, boolean>
    }
    const unchecked = Object.entries(scripts).filter(
      ([, command]) =>
        /\bnode (?!-e)/.test(command) &&
        !/^(?:exec )?node --import \.\/tools\/need-node\.mjs /.test(command),
    )
    assert.deepEqual(unchecked, [])
    assert.equal(allowScripts['node'], true)
  })

  it(
    'start a demo that ends when npm is told to',
    { skip: process.platform === 'win32' },
    async () => {
      const npm = spawn('npm', ['run', 'demo'], { env: { ...process.env, PORT: '0' } })
      let printed = ''
      npm.stdout.on('data', (chunk) => (printed += String(chunk)))
      await eventually(() => printed.includes('The wiki is at'))
      const { port } = new URL(/The wiki is at (\S+)/.exec(printed)?.[1] ?? '')
      npm.kill('SIGTERM')
      await once(npm, 'close')
      await assert.rejects(fetch(`http://127.0.0.1:${port}/`), 'nobody listens any more')
    },
  )
})
