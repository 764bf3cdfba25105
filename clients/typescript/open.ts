/**
 * A value that this version of the library does not know, kept as it came: a daemon may be newer. It is a string of a type of its own, so
 * that comparing with a known value still tells the forms of a union apart, and comparing with a misspelt one does not compile.
 */
export type Unknown = string & { readonly [unknown]: true };

declare const unknown: unique symbol;

/** A value of an enum in an answer. */
export type Open<Known extends string> = Known | Unknown;
