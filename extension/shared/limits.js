//# allFunctionsCalledOnLoad
/** How much of what may be, where both sides of the extension must agree. */

/** A browser message holds 64 MiB, and bytes grow by a third on their way as a data: URL. */
export const MOST_BYTES = 32 * 1024 * 1024;
