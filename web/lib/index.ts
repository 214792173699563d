// The types of the package on every host; package.json's conditions choose the code.
export * from "./browser.js";
