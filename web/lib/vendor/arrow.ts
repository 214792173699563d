// What is used of Flechette. The build puts it into this file, so that pages without a bundler find it too.
export { columnFromArray, float64, tableFromColumns, tableToIPC, utf8 } from "@uwdata/flechette";
