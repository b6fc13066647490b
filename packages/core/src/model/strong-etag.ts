/** True for a strong validator: whoever has it has the same bytes (RFC 9110 §8.8.1). */
export const isStrong = (etag: string | null): etag is string => etag !== null && !etag.startsWith('W/')
