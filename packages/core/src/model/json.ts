/** Plain JSON: what a caller may attach to a task so that it survives a reload. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
