export { createHandler, type HandlerOptions } from "./edge/handler.js";
export { type D1Like, d1Connection, durableObjectConnection, type SqlStorageLike } from "./edge/sql.js";
