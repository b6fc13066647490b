/** What S3 and those like it write is read; what they never write is refused, whatever its size. */
import { describe, expect, test } from 'vitest'
import { childText, escapeXML, readXML } from '../../../src/session/uploads/s3-xml.ts'

describe('what is read', () => {
  test('is elements with their text, in any form that XML has for it', () => {
    const root = readXML(`<?xml version="1.0" encoding="UTF-8"?>
      <!-- of a proxy > -->
      <s3:Result xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" b='"'>
        <Key>a &amp; b &lt;&#99;&#x64;&gt; &quot;&apos;</Key>
        <s3:ETag ><![CDATA["<e>&amp;"]]></s3:ETag>
        <Empty/><Empty a = "1" />
      </s3:Result>\n`)
    expect(root?.name).toBe('Result')
    expect(root && childText(root, 'Key')).toBe(`a & b <cd> "'`)
    expect(root && childText(root, 'ETag')).toBe('"<e>&amp;"')
    expect(root && childText(root, 'Empty')).toBe('')
    expect(root && childText(root, 'None')).toBe(null)
    expect(root?.children.map(({ name }) => name)).toEqual(['Key', 'ETag', 'Empty', 'Empty'])
  })

  test('comes back from what was escaped', () => {
    const text = `<a href="x">&amp; 'é' 😀</a>`
    expect(readXML(`<x>${escapeXML(text)}</x>`)?.text).toBe(text)
  })

  test('leaves references that mean nothing as they are', () => {
    expect(readXML('<x>&nbsp;&#x110000; &</x>')?.text).toBe('&nbsp;&#x110000; &')
  })
})

describe('what is refused', () => {
  test.for([
    '',
    'text',
    '<a>',
    '</a>',
    '<a></b>',
    '<a></a></a>',
    '<a/><b/>',
    '<a/>text',
    '<a',
    '<a b=1/>',
    '<a b="1/>',
    '<!-- <a/>',
    '<![CDATA[x]]>',
    '{"a":1}',
    '<!DOCTYPE a SYSTEM "http://evil.example/"><a/>',
    '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>',
  ])('%s', (source) => {
    expect(readXML(source)).toBe(null)
  })

  test('elements too deep, and documents too long', () => {
    expect(readXML('<a>'.repeat(15) + '</a>'.repeat(15))?.name).toBe('a')
    expect(readXML('<a>'.repeat(1000) + '</a>'.repeat(1000))).toBe(null)
    expect(readXML(`<a>${' '.repeat(5_000_000)}</a>`)).toBe(null)
  })
})

test('a document as long as is read takes time by its length, whatever is in it', () => {
  for (const piece of ['<a ', '<a b="', '<!--', '<![CDATA[', '<a   ', '&#', '<a b = "c" ', '<?', '<a></a>']) {
    const source = piece.repeat(Math.floor(4_000_000 / piece.length))
    // One that took its square would run for hours.
    expect([null, 'a']).toContain(readXML(`<a>${source}</a>`)?.name ?? null)
  }
})
