/**
 * The last second of the year 9999, in seconds since 1970: the times in images have four digits for
 * the year.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export const LAST_SECOND = 253402300799;
