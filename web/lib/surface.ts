// What every host's entry exports beside its own openWorkspace.
export type { SqlConnection, StoreKind } from "./engine.js";
export { CogridError, type CogridErrorFields, isAbortError, isCogridError } from "./errors.js";
export type { Features } from "./features.js";
export type { WorkspaceOptions } from "./options.js";
export type { Processor, Queue } from "./queue.js";
export type * from "./queue-types.js";
export type { Setting, SettingOrigin, Settings } from "./settings.js";
export { Table } from "./table.js";
export { type CellJson, csvLines, geoJsonLines, jsonLines, type TableJson } from "./table-export.js";
export type * from "./types.js";
export type { Cache, GridRef, Grids, Results, SourceRef, Sources, Workspace } from "./workspace.js";
