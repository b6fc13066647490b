/** Content-Length as a safe whole number, or null. */
export const parseContentLength = (text: string | null): number | null => {
  if (text === null || !/^\d{1,16}$/.test(text.trim())) return null
  const length = Number(text)
  return Number.isSafeInteger(length) ? length : null
}
