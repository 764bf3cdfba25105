/**
 * A value that this version of the library does not know, kept as it came: a daemon may be newer. For the compiler it is a string that ends
 * as no known one does, so that comparing with a known value still tells the forms of a union apart, and comparing with a misspelt one does
 * not compile.
 */
export type Unknown = `${string}\u0000`;

/** A value of an enum in an answer. */
export type Open<Known extends string> = Known | Unknown;
