/** Clocks of SEG-D: the date of general header 1 (UTC) and the GPS microseconds of revision 3, as ISO 8601. */

/** Year of two digits, day of the year, time of day; undefined where they are no date. */
export function dateOfHeader(
  year: number | undefined,
  day: number | undefined,
  hour: number | undefined,
  minute: number | undefined,
  second: number | undefined,
): string | undefined {
  if (year === undefined || !day || day > 366) return undefined;
  const [h, m, s] = [hour ?? 0, minute ?? 0, second ?? 0];
  if (h > 23 || m > 59 || s > 60) return undefined;
  return iso(Date.UTC(year < 70 ? 2000 + year : 1900 + year, 0, day, h, m, s));
}

/** Day of the year of an ISO date, with its other parts; inverse of `dateOfHeader`. */
export function headerOfDate(text: string | undefined) {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  if (Number.isNaN(time)) return { year: 0, day: 0, hour: 0, minute: 0, second: 0 };
  const date = new Date(time);
  const day =
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0)) / DAY;
  return {
    year: date.getUTCFullYear() % 100,
    day: day + 1,
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
}

const DAY = 86_400_000;
const GPS_EPOCH = Date.UTC(1980, 0, 6);

/** First days on which UTC was one more second behind GPS (IERS Bulletin C). */
const LEAP_SECONDS = [
  [1981, 6],
  [1982, 6],
  [1983, 6],
  [1985, 6],
  [1988, 0],
  [1990, 0],
  [1991, 0],
  [1992, 6],
  [1993, 6],
  [1994, 6],
  [1996, 0],
  [1997, 6],
  [1999, 0],
  [2006, 0],
  [2009, 0],
  [2012, 6],
  [2015, 6],
  [2017, 0],
].map(([year, month], i) => Date.UTC(year, month) + (i + 1) * 1000);

/** UTC of GPS microseconds; undefined for zero and for times no recorder can mean. */
export function dateOfGps(microseconds: number): string | undefined {
  if (!(microseconds > 0)) return undefined;
  const gps = GPS_EPOCH + microseconds / 1000;
  return iso(gps - LEAP_SECONDS.filter((from) => gps >= from).length * 1000);
}

/** UTC of microseconds since 1970, as Fairfield nodes write them. */
export const dateOfUnix = (microseconds: number): string | undefined =>
  microseconds > 0 ? iso(microseconds / 1000) : undefined;

function iso(milliseconds: number): string | undefined {
  const date = new Date(Math.round(milliseconds));
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 2200 ? undefined : date.toISOString();
}
