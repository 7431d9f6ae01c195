import type { EffectiveEngineOptions } from '../../engine/index.ts'
import { textRequest, type Reply, type Transport } from './transport.ts'

/**
 * What a session must agree on for values to be stored and read rightly, and for statements to be refused in time. Strict: a value that does not fit is an error and never cut.
 * Text between `/*!80` and its end is for MySQL alone, between `/*M!` and its end for MariaDB.
 */
function settingsOf(options: EffectiveEngineOptions): string {
  const settings = [
    'names utf8mb4 /*!80017 collate utf8mb4_0900_bin *//*M! collate utf8mb4_nopad_bin */',
    // MariaDB can compute all of SET from the row as it was, as other databases do
    `session sql_mode = concat('${SQL_MODE}' /*M!100305 , ',SIMULTANEOUS_ASSIGNMENT' */)`,
    "session time_zone = '+00:00'",
    'session autocommit = 1',
  ]
  const { lockTimeoutMs, statementTimeoutMs, idleInTransactionTimeoutMs } = options
  if (lockTimeoutMs !== Infinity) {
    const seconds = wholeSeconds(lockTimeoutMs)
    settings.push(
      `session innodb_lock_wait_timeout = ${seconds}`,
      `session lock_wait_timeout = ${seconds}`,
    )
  }
  const text = [`set ${settings.join(', ')}`]
  if (statementTimeoutMs !== Infinity) {
    const mariaDb = `, session max_statement_time = ${statementTimeoutMs / 1000}`
    const mySql = `, session max_execution_time = ${Math.max(1, Math.round(statementTimeoutMs))}`
    text.push(`/*M! ${mariaDb} *//*!80000 ${mySql} */`)
  }
  if (idleInTransactionTimeoutMs !== Infinity)
    text.push(
      `/*M!100300 , session idle_transaction_timeout = ${wholeSeconds(idleInTransactionTimeoutMs)} */`,
    )
  return text.join(' ')
}

const SQL_MODE =
  'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

/**
 * Under REPEATABLE READ a MariaDB before 11.6 overwrites what another transaction has committed meanwhile, unless it is told to see the conflict (1020). Releases that cannot be told do not know
 * the variable. MySQL has no such thing, and no statement like this one: its error means nothing.
 */
const DETECT_CONFLICTS =
  "begin not atomic if exists (select 1 from information_schema.system_variables where variable_name = 'INNODB_SNAPSHOT_ISOLATION') then execute immediate 'set session innodb_snapshot_isolation = on'; end if; end"

/** Sets up a session that has just begun; one round trip where the driver does not wait. Gives the server's limit for silent connections, in milliseconds. @throws what the driver throws. */
export async function setUpSession(
  transport: Transport,
  options: EffectiveEngineOptions,
): Promise<number> {
  const texts = [
    settingsOf(options),
    DETECT_CONFLICTS,
    'set session transaction read only',
    "show session variables like 'wsrep_on'",
    'select @@session.wait_timeout',
  ]
  const replies = transport.pipelines
    ? await Promise.all(texts.map((sql) => transport.send(textRequest(sql))))
    : await inTurn(transport, texts)
  const failed = replies.find(
    ({ error }, i) => error !== undefined && texts[i] !== DETECT_CONFLICTS, // MySQL does not understand it
  )
  if (failed !== undefined) throw failed.error
  const [isCluster, idleLimit] = replies.slice(-2).map(({ result }) => result?.rows[0])
  if (isCluster?.[1] === 'ON') transport.preparesApart = true
  return Number(idleLimit?.[0]) * 1000
}

async function inTurn(transport: Transport, texts: readonly string[]): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  for (const sql of texts) replies.push(await transport.send(textRequest(sql)))
  return replies
}

/** The server counts in seconds, and 0 would mean something else. */
function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
