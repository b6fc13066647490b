/** Headers of a response fit for records and messages: without cookies, and bounded. */
export const storableHeaders = (headers: Headers): [string, string][] =>
  [...headers].filter(([name, value]) => name !== 'set-cookie' && value.length <= 8192).slice(0, 200)
