/** Which form of an answer a client wants most: RFC 9110, section 12.5.1. */

/** The best of `offered` (form → media type), the first one where nothing is said; undefined: none of them will do. */
export function preferred<K extends string>(
  header: string | undefined,
  offered: Readonly<Record<K, string>>,
): K | undefined {
  const forms = Object.keys(offered) as K[];
  if (header === undefined || header.trim() === '') return forms[0];
  const ranges = header.split(',').map((range) => {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  let best: { form: K; quality: number } | undefined;
  for (const form of forms) {
    const media = offered[form].split(';')[0];
    const whole = `${media.split('/')[0]}/*`;
    // What names it most closely decides.
    const by = [media, whole, '*/*'].map((wanted) => ranges.find(({ type }) => type === wanted)).find(Boolean);
    if (by && by.quality > (best?.quality ?? 0)) best = { form, quality: by.quality };
  }
  return best?.form;
}
