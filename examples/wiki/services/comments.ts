import type { Session } from 'athanor'
import { Comment } from '../models/index.ts'

/** A comment at its place in the conversation. */
export interface Threaded {
  readonly comment: Comment
  /** How many comments it answers to, one through another. */
  readonly depth: number
  /** The comment it answers, if that is known. */
  readonly parent: Comment | undefined
}

/** Most comments shown on one page. */
export const COMMENT_LIMIT = 500

/** The conversation about a page, read by one statement. */
export async function conversation(session: Session, pageId: number): Promise<Threaded[]> {
  const comments = await session
    .select(Comment)
    .where({ pageId })
    .orderBy(Comment.c.id)
    .limit(COMMENT_LIMIT)
    .all()
  return thread(comments)
}

/** Comments in reading order: each followed by its answers. Without recursion, for conversations may be deep. */
export function thread(comments: readonly Comment[]): Threaded[] {
  const known = new Map(comments.map((comment) => [comment.id, comment]))
  const answers = Map.groupBy(comments, (comment) =>
    comment.parentId === null ? undefined : known.get(comment.parentId),
  )
  const waiting: Threaded[] = place(answers.get(undefined), 0, undefined)
  const ordered: Threaded[] = []
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    ordered.push(next)
    waiting.push(...place(answers.get(next.comment), next.depth + 1, next.comment))
  }
  return ordered
}

/** Turned round, because the last one put on a stack is the first one taken. */
function place(
  comments: readonly Comment[] = [],
  depth: number,
  parent: Comment | undefined,
): Threaded[] {
  return comments.map((comment) => ({ comment, depth, parent })).toReversed()
}
