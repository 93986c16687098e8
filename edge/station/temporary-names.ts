/** Names that recorders, browsers, copying programs and editors give to what is not finished, and what systems leave about. */
const TEMPORARY =
  /^[.~]|[~]$|\.(tmp|temp|part|partial|crdownload|filepart|download|swp|lock|lck|bak)$|^(thumbs\.db|desktop\.ini)$/i;

/** @param name without its folder */
export const isTemporary = (name: string): boolean => TEMPORARY.test(name);
