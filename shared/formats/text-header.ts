/**
 * Textual headers of 40 cards of 80 characters, in EBCDIC (code page 037) or ASCII: SEG-Y of any revision, and trailers.
 * Code page 037 as in IBM's CDRA table; 500 and 1140 differ only in brackets, bang, caret and currency sign.
 */

const CARD = 80;

/** What each EBCDIC byte shows as; controls and letters beyond ASCII are blanks. */
const FROM_EBCDIC = (() => {
  const table = new Array<string>(256).fill(' ');
  const put = (at: number, characters: string) => {
    for (let i = 0; i < characters.length; i++) table[at + i] = characters[i];
  };
  put(0x15, '\n');
  put(0x25, '\n');
  put(0x4a, '¢.<(+|&');
  put(0x5a, '!$*);¬-/');
  put(0x6a, '¦,%_>?');
  put(0x79, '`:#@\'="');
  put(0x81, 'abcdefghi');
  put(0x91, 'jklmnopqr');
  put(0xa1, '~stuvwxyz');
  put(0xb0, '^');
  put(0xba, '[]');
  put(0xc0, '{ABCDEFGHI');
  put(0xd0, '}JKLMNOPQR');
  put(0xe0, '\\');
  put(0xe2, 'STUVWXYZ');
  put(0xf0, '0123456789');
  return table;
})();

const TO_EBCDIC = new Map(FROM_EBCDIC.map((character, byte) => [character, byte]).reverse() as [string, number][]).set(
  ' ',
  0x40,
);

export type TextCode = 'ebcdic' | 'ascii';

/** How readable bytes are, 0–1: the share that either code shows as a character; zeros count as blanks. */
export function readableShare(bytes: Uint8Array, code: TextCode): number {
  let readable = 0;
  for (const byte of bytes) {
    const shown =
      code === 'ascii'
        ? (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09
        : byte === 0x40 || FROM_EBCDIC[byte] !== ' ';
    if (shown || byte === 0) readable++;
  }
  return bytes.length === 0 ? 0 : readable / bytes.length;
}

/** The code of a text header: by its first letter where it is the usual C, by the better reading otherwise. */
export function textCode(bytes: Uint8Array): TextCode {
  if (bytes[0] === 0xc3) return 'ebcdic';
  if (bytes[0] === 0x43) return 'ascii';
  return readableShare(bytes, 'ebcdic') > readableShare(bytes, 'ascii') ? 'ebcdic' : 'ascii';
}

/** All characters, controls as blanks. */
export function decodeText(bytes: Uint8Array, code: TextCode = textCode(bytes)): string {
  let text = '';
  for (const byte of bytes) {
    if (code === 'ebcdic') text += FROM_EBCDIC[byte];
    else text += byte === 0x0a || (byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(byte) : ' ';
  }
  return text;
}

/** Cards without trailing blanks; empty ones at the end are left out. */
export function textLines(bytes: Uint8Array): string[] {
  const text = decodeText(bytes);
  const lines = text.trim().includes('\n') ? text.split('\n') : (text.match(/[\s\S]{1,80}/g) ?? []);
  const trimmed = lines.map((line) => line.trimEnd());
  while (trimmed.length > 0 && trimmed[trimmed.length - 1] === '') trimmed.pop();
  return trimmed;
}

/** Cards as bytes; lines are cut and padded to 80 characters, characters the code lacks become `?`. */
export function encodeCards(lines: readonly string[], cards: number, code: TextCode): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(cards * CARD).fill(code === 'ebcdic' ? 0x40 : 0x20);
  lines.slice(0, cards).forEach((line, card) => {
    [...line].slice(0, CARD).forEach((character, i) => {
      const ascii = character.charCodeAt(0);
      bytes[card * CARD + i] =
        code === 'ebcdic' ? (TO_EBCDIC.get(character) ?? 0x6f) : ascii >= 0x20 && ascii < 0x7f ? ascii : 0x3f;
    });
  });
  return bytes;
}
