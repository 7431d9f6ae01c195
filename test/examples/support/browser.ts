import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { chromium, type Browser, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why a suite that needs a browser is skipped here; false when it is not. */
export const noBrowser: string | false =
  !existsSync(CHROMIUM) && process.env['REQUIRE_BROWSER'] !== '1'
    ? `there is no browser at ${CHROMIUM}; REQUIRE_BROWSER=1 makes this a failure`
    : false

/** Starts a browser; who starts it closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS })
}

/** The folder of an example's screenshots of the last run. */
export function picturesOf(example: string): string {
  const folder = join(tmpdir(), `athanor-${example}-pictures`)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A page of a new browser, in front of the application at `baseURL`, without JavaScript. */
export async function openPage(t: TestContext, baseURL: string): Promise<Page> {
  const browser = await launchBrowser()
  t.after(() => browser.close())
  const viewport = { width: 900, height: 700 }
  const page = await browser.newPage({ baseURL, viewport, javaScriptEnabled: false })
  page.setDefaultTimeout(15_000)
  return page
}
