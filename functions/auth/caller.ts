/** Who calls, and what is theirs: every key they name lies under their prefix. */

export interface Limits {
  /** Requests that may come at once, and how many more each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** Bytes sent in for picking or storing, a day (UTC). */
  readonly bytesPerDay: number;
}

export interface Caller {
  /** For limits and logs; never the key or token itself. */
  readonly name: string;
  /** Of the store: empty, or ends with a slash. */
  readonly prefix: string;
  readonly limits: Limits;
  /** May move the aliases of models. */
  readonly admin?: boolean;
}

export const USUAL_LIMITS: Limits = { burst: 100, perSecond: 20, bytesPerDay: 1e12 };
/** Of a machine that serves itself. */
export const NO_LIMITS: Limits = { burst: Infinity, perSecond: Infinity, bytesPerDay: Infinity };

/** Tells who sent a request. @throws Refusal `unauthorised` or `forbidden` */
export type Authenticate = (request: Request) => Promise<Caller>;
