import type { CallHooks, EngineArgs, EngineClient, EngineMethod, EngineResult, StoreKind } from "./engine.js";
import { isFileHandle, type KeptFiles, nameOf } from "./kept-files.js";
import type { FileHandle, SourceRecord } from "./types.js";

/** A client that also takes file handles where bytes are meant, and keeps those of stored sources for later sessions. */
export class HandleClient implements EngineClient {
  readonly #client: EngineClient;
  readonly #files: KeptFiles;

  constructor(client: EngineClient, files: KeptFiles) {
    this.#client = client;
    this.#files = files;
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks?: CallHooks): Promise<EngineResult<M>> {
    if (method === "removeSource") return this.#remove(method, args, hooks);
    const handle = (args as unknown[]).find(isFileHandle);
    if (handle === undefined) return this.#client.call(method, args, hooks);
    const file = await handle.getFile();
    const withBytes = (args as unknown[]).map((arg) => (arg === handle ? file : arg)) as unknown as EngineArgs<M>;
    const result = await this.#client.call(method, withBytes, hooks);
    if (method === "registerSource") await this.#keep(result as SourceRecord, handle);
    else if (method === "attach") await this.#keep(await this.#client.call("source", [args[0] as string]), handle);
    return result;
  }

  threads(): number {
    return this.#client.threads();
  }

  storeKind(): StoreKind {
    return this.#client.storeKind();
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Not being able to keep a handle costs the next session a choice, never this one its source. */
  async #keep({ location }: SourceRecord, handle: FileHandle): Promise<void> {
    const name = nameOf(location);
    if (name !== undefined) await this.#files.put(name, handle).catch(() => undefined);
  }

  async #remove<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks?: CallHooks): Promise<EngineResult<M>> {
    const record = await this.#client.call("source", [args[0] as string]).catch(() => undefined);
    const result = await this.#client.call(method, args, hooks);
    const name = nameOf(record?.location ?? "");
    if (name === undefined) return result;
    const others = await this.#client.call("sources", []);
    if (others.every(({ location }) => nameOf(location) !== name))
      await this.#files.remove(name).catch(() => undefined);
    return result;
  }
}
