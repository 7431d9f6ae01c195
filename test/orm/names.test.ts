import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Database,
  Model,
  discriminator,
  id,
  text,
  type ClassOf,
  type AnyEntity,
  type Snake,
} from 'athanor'
import { expectTypeOf } from 'expect-type'

/** Every name that spec/web.md 44 lists, with its result. */
const NAMES = {
  CamelCase: 'camel_case',
  Snake_case: 'snake_case',
  HTMLLayout: 'html_layout',
  LayoutHTML: 'layout_html',
  HTTP2Request: 'http2_request',
  HTTP2RequestSession: 'http2_request_session',
  ShoppingCartSession: 'shopping_cart_session',
  ABC: 'abc',
  PreABC: 'pre_abc',
  ABCPost: 'abc_post',
  PreABCPost: 'pre_abc_post',
  UserST4: 'user_st4',
  HTTP2ClientType3EncoderParametersSSE: 'http2_client_type3_encoder_parameters_sse',
  FooBarSSE2: 'foo_bar_sse2',
  LONGName4TestingCamelCase2snake_caseXYZ: 'long_name4_testing_camel_case2snake_case_xyz',
  AstV2Node: 'ast_v2_node',
  AlarmMessageSS2SignalTransformer: 'alarm_message_ss2_signal_transformer',
  HTTPResponseCodeXYZ: 'http_response_code_xyz',
  get2HTTPResponse123Code: 'get2_http_response123_code',
  getHTTPresponseCode: 'get_htt_presponse_code',
  __test__Method: 'test___method',
  FOOBar: 'foo_bar',
  _Private: 'private',
  User2: 'user2',
  X1Y: 'x1_y',
  A1B2C3: 'a1_b2_c3',
  ABCd: 'ab_cd',
  ABcD: 'a_bc_d',
  iPhone: 'i_phone',
  OAuth2Client: 'o_auth2_client',
  IPv6Address: 'i_pv6_address',
  UserID: 'user_id',
  userId: 'user_id',
  user_id: 'user_id',
  User_ID: 'user_id',
  A: 'a',
  aB: 'a_b',
  ÉtudeÀPart: 'étudeà_part',
  用户: '用户',
  $Money: '$_money',
  My$Model: 'my$_model',
} as const

type Names = typeof NAMES
/** Names whose type gives another result than the table; must be none. */
type Wrong = {
  [K in keyof Names]: Snake<K> extends Names[K] ? (Names[K] extends Snake<K> ? never : K) : K
}[keyof Names]

const tablesOf = (models: Record<string, ClassOf<AnyEntity>>, options: object = {}): string[] => [
  ...new Database({
    url: 'sqlite::memory:',
    models: models as never,
    ...options,
  }).metadata.tables.keys(),
]

describe('names in the database', () => {
  for (const [name, expected] of Object.entries(NAMES)) {
    // web 44
    it(`makes the table of ${name} ${expected}`, () => {
      assert.deepEqual(tablesOf({ [name]: class extends Model({ id: id() }) {} }), [expected])
    })
  }

  // web 44
  // settled A27
  it('are the same for columns', () => {
    for (const [name, expected] of Object.entries(NAMES)) {
      if (name.startsWith('$')) continue // a property may not begin so
      const models = { Thing: class extends Model({ id: id(), [name]: text() }) {} }
      const { metadata } = new Database({ url: 'sqlite::memory:', models: models as never })
      assert.equal(metadata.tables.get('thing')?.columns[1]?.name, expected)
    }
  })

  // web 44
  // settled A27
  it('are the same for the compiler', () => {
    expectTypeOf<Wrong>().toBeNever()
    expectTypeOf<Snake<'HTMLLayout'>>().toEqualTypeOf<'html_layout'>()
    expectTypeOf<
      Snake<'LONGName4TestingCamelCase2snake_caseXYZ'>
    >().toEqualTypeOf<'long_name4_testing_camel_case2snake_case_xyz'>()
  })

  // web 45
  it('are taken verbatim where they are given, and not inherited', () => {
    class Duck extends Model({ id: id(), Colour: text().named('COLOUR') }, { table: 'DUCK' }) {}
    class Mallard extends Duck.extend({ size: text() }) {}
    class Goose extends Model({ id: id(), kind: discriminator() }, { table: 'GOOSE' }) {}
    const joined = { inherit: 'joined', discriminator: 'greylag' } as const
    class Greylag extends Goose.extend({ size: text() }, joined) {}
    class Swan extends Greylag.extend(
      { neck: text() },
      { ...joined, table: 'SwaN', discriminator: 'swan' },
    ) {}
    const models = { Duck, Mallard, Goose, Greylag, Swan }
    const { metadata } = new Database({ url: 'sqlite::memory:', models })
    const named = ['DUCK', 'mallard', 'GOOSE', 'greylag', 'SwaN']
    assert.deepEqual(new Set(metadata.tables.keys()), new Set(named))
    assert.deepEqual(
      metadata.tables.get('DUCK')?.columns.map(({ name }) => name),
      ['id', 'COLOUR'],
    )
  })

  // web 48
  it('are made for the models of a Database, and not for the bases they extend', () => {
    class Base extends Model({ id: id(), note: text() }) {}
    class Bird extends Base.extend({ wings: text() }) {}
    assert.deepEqual(tablesOf({ Bird }), ['bird'])
  })

  // web 52
  it('can be left to another function, or turned off', () => {
    class Bird extends Model({ id: id() }) {}
    class Duck extends Model({ id: id() }, { table: 'duck' }) {}
    assert.deepEqual(tablesOf({ Bird, Duck }, { naming: (name: string) => `app_${name}` }), [
      'app_Bird',
      'duck',
    ])
    assert.deepEqual(tablesOf({ Duck }, { naming: null }), ['duck'])
    assert.throws(() => tablesOf({ Bird }, { naming: null }), {
      code: 'NO_TABLE_NAME',
      message: /Cannot map Bird: it names no table.*table: '…'/,
    })
  })

  // web 53
  it('do not run getters of the application', () => {
    class Bird extends Model({ id: id() }) {
      static get tableName(): string {
        throw new Error('ran')
      }
      get wings(): string {
        throw new Error('ran')
      }
    }
    assert.deepEqual(tablesOf({ Bird }), ['bird'])
  })

  // web 54
  it('come from the key in `models`, so that a minifier changes nothing', () => {
    const models = {
      ShoppingCart: class a extends Model({ id: id() }) {},
      Session: class b extends Model({ id: id() }) {},
    }
    assert.deepEqual(tablesOf(models), ['shopping_cart', 'session'])
  })
})
