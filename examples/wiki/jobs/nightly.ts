import type { FastifyInstance } from 'fastify'
import { Page, Revision, Tag } from '../models/index.ts'
import type { Wiki } from '../wiki.ts'

/** The hour at which few people write. */
const HOUR = 3

/** What a night's work came to. */
export interface NightReport {
  readonly revisions: number
  readonly tags: number
}

/**
 * Removes revisions beyond the newest `keepRevisions` of each page and tags that no page has any more, and makes the search index anew.
 *
 * A job is a unit of work like a request, with a scope of its own; `db.transaction` commits all of it or nothing.
 */
export function runNightly(wiki: Wiki): Promise<NightReport> {
  const { db, search, settings } = wiki
  return db.run(
    () =>
      db.transaction(async (session) => {
        const isOld = Page.c.version.gte(Revision.c.number.plus(settings.keepRevisions))
        const revisions = await session.deleteFrom(Revision).where(Revision.c.page.has(isOld))
        const tags = await session.deleteFrom(Tag).where(Tag.c.pages.none())
        await search.rebuild(session)
        return { revisions, tags }
      }),
    { name: 'nightly job' },
  )
}

/** Runs the job every night while the application is up. The timer keeps no process alive; closing waits for a job that has begun. */
export function scheduleNightly(app: FastifyInstance, wiki: Wiki): void {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> = Promise.resolve()
  const plan = () => {
    timer = setTimeout(
      () => {
        running = runNightly(wiki).catch((error: unknown) =>
          app.log.error(error, 'the nightly job failed; it will be tried again tomorrow'),
        )
        plan()
      },
      msUntil(HOUR, new Date()),
    ).unref()
  }
  app.addHook('onReady', async () => plan())
  app.addHook('preClose', async () => {
    clearTimeout(timer)
    await running
  })
}

/** Milliseconds from `now` to the next time that the clock shows this hour. */
export function msUntil(hour: number, now: Date): number {
  const next = new Date(now)
  next.setHours(hour, 0, 0, 0)
  // A timer may fire a little early: that is this night, and not another one.
  if (next.getTime() - now.getTime() < 1000) next.setDate(next.getDate() + 1)
  return next.getTime() - now.getTime()
}
