/** uPlot, which asks Intl for the browser's language as soon as it is loaded. Where that is no language tag (`en-US@posix`), it fails. */
import type uPlot from 'uplot';

const FALLBACK = 'en';

export async function loadPlot(): Promise<typeof uPlot> {
  if (!isTag(navigator.language)) Object.defineProperty(navigator, 'language', { value: FALLBACK, configurable: true });
  return (await import('uplot')).default;
}

function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
