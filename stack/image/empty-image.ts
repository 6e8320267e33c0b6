/** Docker's name for no image at all, and the Dockerfile's default base: nothing that could be pulled. */
export const emptyImage = "scratch";
