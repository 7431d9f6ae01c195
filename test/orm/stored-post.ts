import type { Session } from 'athanor'
import { Comment, Post, Profile, Tag, User } from '../support/blog.ts'
import type { TestDatabase } from '../support/databases.ts'

/** Stores ada, her profile and a post with a tag and two comments; gives the post with all of them in memory. */
export async function storedPost({ session, sent }: TestDatabase) {
  const writer = session()
  const author = new User({ name: 'ada' })
  writer.add(new Profile({ user: author, bio: 'mathematician' }))
  const comments = [new Comment({ body: 'first' }), new Comment({ body: 'second' })]
  writer.add(new Post({ title: 'one', author, comments, tags: [new Tag({ name: 'ts' })] }))
  await writer.commit()
  await writer.close()
  const s: Session = session()
  const post = await s.select(Post).with('comments', 'tags', 'author.profile').one()
  sent.clear()
  return { s, post }
}
