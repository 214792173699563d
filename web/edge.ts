export { createHandler, type HandlerOptions } from "./edge/handler.js";
