// Edge runtimes bind a module that is imported from a `.wasm` file.
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
