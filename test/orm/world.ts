import assert from 'node:assert/strict'
import {
  Model,
  UniqueViolationError,
  belongsTo,
  discriminator,
  hasMany,
  id,
  inspect,
  int,
  manyToMany,
  varchar,
  type Session,
} from 'athanor'
import { members } from './support.ts'

export class Folder extends Model({
  id: id(),
  name: varchar(40),
  files: () => hasMany(File, 'folder'),
}) {}

export class File extends Model(
  {
    id: id(),
    kind: discriminator(),
    name: varchar(40),
    folderId: int().nullable(),
    folder: () => belongsTo(Folder),
    labels: () => manyToMany(Label, { through: 'file_labels' }),
  },
  { discriminator: 'file' },
) {}

/** Half of the files. The caption, which is in a second table, is always the name. */
export class Picture extends File.extend(
  { caption: varchar(40) },
  { inherit: 'joined', discriminator: 'picture' },
) {}

export class Label extends Model({ id: id(), name: varchar(40).unique() }) {}

type Entity = Folder | File | Label

/** What a plain model knows of an object that has, or will have, a row. */
interface Facts {
  name: string
  folder: Folder | null
  labels: Set<Label>
}

/** A step after which nothing is pending. */
interface End {
  do: 'flush' | 'count' | 'commit' | 'rollback'
}

/** One step of a random program. Numbers pick among the objects there are. */
export type Step =
  | { do: 'add'; kind: number; at: number }
  | { do: 'rename' | 'delete' | 'addAgain'; pick: number }
  | { do: 'move' | 'label'; pick: number; to: number }
  | { do: 'clash' }
  | End
  | { do: 'nested'; steps: Step[]; fails: boolean }

/** Thrown to leave a savepoint. */
class Leave extends Error {}

/** Runs a program on a session and on a plain model at once, and compares them wherever nothing is pending. */
export class Run {
  readonly #session: Session
  readonly #all: Entity[] = []
  #committed = new Map<Entity, Facts>()
  #now = new Map<Entity, Facts>()
  #names = 0

  constructor(session: Session) {
    this.#session = session
  }

  get committed(): ReadonlyMap<Entity, Facts> {
    return this.#committed
  }

  async steps(steps: readonly Step[], depth = 0): Promise<void> {
    for (const step of steps) await this.#step(step, depth)
  }

  async #step(step: Step, depth: number): Promise<void> {
    if (isEnd(step)) {
      await this.#finish(step.do)
      return this.#compare()
    }
    switch (step.do) {
      case 'add':
        return this.#add(step.kind, step.at)
      case 'addAgain':
        return this.#addAgain(step.pick)
      case 'rename':
        return this.#rename(step.pick)
      case 'move':
        return this.#move(step.pick, step.to)
      case 'label':
        return this.#label(step.pick, step.to)
      case 'delete':
        return this.#delete(step.pick)
      case 'nested':
        return this.#nested(step.steps, step.fails, depth)
      case 'clash':
        return this.#clash(depth)
      default:
        return step satisfies never
    }
  }

  async #finish(how: End['do']): Promise<void> {
    if (how === 'count')
      assert.equal(await this.#session.select(File).count(), this.#of(File).length)
    else await this.#session[how]()
    if (how === 'commit') this.#committed = copied(this.#now)
    if (how === 'rollback') this.#now = copied(this.#committed)
  }

  #add(kind: number, at: number): void {
    const name = this.#newName()
    const folder = at % 3 === 0 ? null : (choose(this.#of(Folder), at) ?? null)
    const entity =
      kind === 0
        ? new Folder({ name })
        : kind === 1
          ? newFile(name, folder, at)
          : new Label({ name })
    if (entity instanceof File) members(entity.labels) // in memory from here on
    if (entity instanceof Folder) members(entity.files)
    this.#all.push(this.#session.add(entity))
    this.#now.set(entity, { name, folder: kind === 1 ? folder : null, labels: new Set() })
  }

  /** An object that a rollback has made new again, with what it refers to as far as that has a row. */
  #addAgain(pick: number): void {
    const entity = choose(
      this.#all.filter((each) => inspect(each).state === 'transient'),
      pick,
    )
    if (entity === undefined) return
    const facts: Facts = { name: entity.name, folder: null, labels: new Set() }
    if (entity instanceof Folder) entity.files.set([])
    if (entity instanceof File) {
      const folder = entity.folder as Folder | null
      if (folder !== null && this.#now.has(folder)) facts.folder = folder
      else entity.folder = null
      for (const label of members(entity.labels)) {
        if (this.#now.has(label)) facts.labels.add(label)
        else entity.labels.remove(label)
      }
    }
    this.#session.add(entity)
    this.#now.set(entity, facts)
  }

  #rename(pick: number): void {
    const entity = choose([...this.#now.keys()], pick)
    if (entity === undefined) return
    entity.name = this.#newName()
    if (entity instanceof Picture) entity.caption = entity.name
    this.#factsOf(entity).name = entity.name
  }

  #move(pick: number, to: number): void {
    const file = choose(this.#of(File), pick)
    const folder = to % 4 === 0 ? null : (choose(this.#of(Folder), to) ?? null)
    if (file === undefined) return
    file.folder = folder
    this.#factsOf(file).folder = folder
  }

  /** Puts a label on a file, or takes it off. */
  #label(pick: number, to: number): void {
    const file = choose(this.#of(File), pick)
    const label = choose(this.#of(Label), to)
    if (file === undefined || label === undefined) return
    const { labels } = this.#factsOf(file)
    if (labels.delete(label)) file.labels.remove(label)
    else {
      labels.add(label)
      file.labels.add(label)
    }
  }

  async #delete(pick: number): Promise<void> {
    const entity = choose([...this.#now.keys()], pick)
    if (entity === undefined) return
    if (inspect(entity).state === 'pending') await this.#session.flush()
    this.#session.delete(entity)
    this.#now.delete(entity)
    for (const facts of this.#now.values()) {
      if (facts.folder === entity) facts.folder = null
      if (entity instanceof Label) facts.labels.delete(entity)
    }
    await this.#session.flush() // what hangs on it shows that it is gone from here on
  }

  async #nested(steps: readonly Step[], fails: boolean, depth: number): Promise<void> {
    const before = copied(this.#now)
    try {
      await this.#session.beginNested(async () => {
        await this.steps(steps, depth + 1)
        if (fails) throw new Leave()
      })
    } catch (error) {
      if (!(error instanceof Leave)) throw error
      this.#now = before
    }
    this.#compare()
  }

  /** A unique violation: it ends the innermost savepoint, or the transaction. */
  async #clash(depth: number): Promise<void> {
    const [label] = this.#of(Label)
    if (label === undefined) return
    await this.#session.flush()
    this.#session.add(new Label({ name: label.name }))
    await assert.rejects(this.#session.flush(), UniqueViolationError)
    if (depth > 0) throw new Leave()
    await this.#session.rollback()
    this.#now = copied(this.#committed)
    this.#compare()
  }

  #compare(): void {
    for (const [entity, facts] of this.#now) {
      assert.equal(inspect(entity).state, 'persistent')
      assert.equal(entity.name, facts.name)
      if (entity instanceof Picture) assert.equal(entity.caption, facts.name)
      if (entity instanceof File) {
        assert.equal(entity.folder, facts.folder)
        assert.deepEqual(new Set(members(entity.labels)), facts.labels)
      } else if (entity instanceof Folder) {
        const files = this.#of(File).filter((file) => this.#factsOf(file).folder === entity)
        assert.deepEqual(new Set(members(entity.files)), new Set(files))
      }
    }
    for (const entity of this.#all) assert.equal(this.#session.has(entity), this.#now.has(entity))
  }

  #of<E extends Entity>(model: new (init: never) => E): E[] {
    return [...this.#now.keys()].filter((entity): entity is E => entity instanceof model)
  }

  #factsOf(entity: Entity): Facts {
    const facts = this.#now.get(entity)
    assert.ok(facts !== undefined)
    return facts
  }

  #newName(): string {
    this.#names += 1
    return `n${this.#names}`
  }
}

function newFile(name: string, folder: Folder | null, at: number): File {
  return at % 2 === 0 ? new File({ name, folder }) : new Picture({ name, folder, caption: name })
}

function isEnd(step: Step): step is End {
  return ['flush', 'count', 'commit', 'rollback'].includes(step.do)
}

function choose<T>(from: readonly T[], place: number): T | undefined {
  return from.length === 0 ? undefined : from[place % from.length]
}

function copied(world: ReadonlyMap<Entity, Facts>): Map<Entity, Facts> {
  return new Map(
    [...world].map(([entity, facts]) => [entity, { ...facts, labels: new Set(facts.labels) }]),
  )
}

/** Files as they are stored, by name: `['n3', 'n1', ['n2'], 'n3']`, the last being a picture's caption. */
export async function storedFiles(session: Session): Promise<unknown[]> {
  const files = await session.select(File).with('folder', 'labels').all()
  return files
    .map((file) => [
      file.name,
      file.folder?.name ?? null,
      namesOf(file.labels),
      file instanceof Picture ? file.caption : null,
    ])
    .toSorted(byName)
}

/** The same, as the model has them. */
export function expectedFiles(world: ReadonlyMap<Entity, Facts>): unknown[] {
  const files = [...world].filter(([entity]) => entity instanceof File)
  return files
    .map(([entity, { name, folder, labels }]) => [
      name,
      folder?.name ?? null,
      namesOf(labels),
      entity instanceof Picture ? name : null,
    ])
    .toSorted(byName)
}

function namesOf(labels: Iterable<Label>): string[] {
  return [...labels].map((label) => label.name).toSorted()
}

function byName(a: readonly unknown[], b: readonly unknown[]): number {
  return String(a[0]) < String(b[0]) ? -1 : 1
}
