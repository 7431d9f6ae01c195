import { DataError } from '../../errors/index.ts'
import type { Codec, ColumnType } from '../../schema/index.ts'
import type { ColumnCodec } from '../../sql/index.ts'

/** The application's own codec. */
export function customCodec({ codec }: ColumnType): ColumnCodec {
  if (codec === undefined) throw new TypeError('a custom column type has a codec')
  const own = codec as unknown as Codec<unknown>
  return {
    sqlType: own.sqlType,
    encode: (value) => own.encode(value),
    decode: (stored) => {
      try {
        return own.decode(stored)
      } catch (cause) {
        throw new DataError(
          'Cannot read a column of type custom: its codec refused what is stored. Make decode() read every form that encode() has ever written.',
          { cause },
        )
      }
    },
  }
}
