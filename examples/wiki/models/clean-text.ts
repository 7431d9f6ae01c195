// Everything below the space but tab and newline: no text needs it, some databases refuse it, and the search index marks words with two of them.
// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const CONTROL = /[\u0000-\u0008\u000B-\u001F\u007F]/g

/** Text of several lines as it is stored: composed letters (NFC), `\n` between lines, no control characters. */
export function cleanText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(CONTROL, '').normalize('NFC')
}

/** Text of one line as it is stored: the same, and every run of white space is one space. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/g, ' ').trim()
}
