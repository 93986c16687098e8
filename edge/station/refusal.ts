/** What the station refuses, and how it says so: RFC 9457. */
import type { RefusalJson } from './api-types.ts';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Not understood',
  401: 'Token needed',
  403: 'Not allowed',
  404: 'Not there',
  409: 'Changed meanwhile',
  413: 'Too large',
  500: 'Failed',
  503: 'Not now',
  507: 'No space left',
};

export function refusalResponse({ status, code, message }: Refusal): Response {
  const body: RefusalJson = { type: 'about:blank', title: TITLES[status] ?? 'Refused', status, code, detail: message };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json' } });
}
