// A module as docs/several-databases.md has it; a development server evaluates it anew after each edit.
import { Database, Model, id, varchar } from 'athanor'

export class Post extends Model({ id: id(), title: varchar(200) }) {}

export const db = new Database({ url: process.env['RELOADED_URL'] ?? '', models: { Post } })

const kept = globalThis as { appDatabase?: AsyncDisposable }
const previous = kept.appDatabase
kept.appDatabase = db
void previous?.[Symbol.asyncDispose]()
