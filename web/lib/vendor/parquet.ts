// What is used of hyparquet-writer. The build puts it into this file, so that pages without a bundler find it too.
export { parquetWriteBuffer } from "hyparquet-writer";
