//! The class that the package's TypeScript drives.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::call::Call;
use super::convert;
use super::errors;
use super::host::JsHost;
use super::panic;
use super::sources;
use crate::engine::{Caller, Config, GridInput, Host, Target, Workspace, cog, not_square};
use crate::error::{Code, Result};
use crate::grid::{Grid, GridDefinition};
use crate::par;
use crate::store::{IndexedDbStore, MemoryStore, SqlConnection, SqlStore, Store};

type JsResult = std::result::Result<JsValue, JsValue>;

/// An open workspace. Calls may run at once; each may be cancelled by `signal` among its options.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Engine {
    workspace: Workspace,
    config: Config,
}

#[wasm_bindgen]
impl Engine {
    /// `{ name, store: "memory" | "indexeddb" | { execute(sql, params), batch(statements) }, config, openFile(name) }`.
    /// Where IndexedDB is switched off, rows are kept in memory and `warnings()` says so. `openFile` gives, perhaps
    /// later, the bytes of a source that was registered as a file, or nothing.
    pub async fn open(options: JsValue) -> std::result::Result<Engine, JsValue> {
        panic::install_hook();
        open(&options).await.map_err(|error| errors::to_js(&error))
    }

    #[wasm_bindgen(js_name = registerSource)]
    pub async fn register_source(&self, location: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async {
            let target = sources::target_with_headers(&location, &options, &self.config)?;
            self.workspace.register(&target, convert::options(&options)?).await
        };
        call.finish(work, convert::source).await
    }

    pub async fn sources(&self) -> JsResult {
        let list = |records: &Vec<_>| records.iter().map(convert::source).collect::<Result<Array>>().map(JsValue::from);
        answer(self.workspace.sources().await, list)
    }

    pub async fn source(&self, wanted: String) -> JsResult {
        answer(self.workspace.source(&wanted).await, convert::source)
    }

    #[wasm_bindgen(js_name = removeSource)]
    pub async fn remove_source(&self, wanted: String) -> JsResult {
        answer(self.workspace.remove_source(&wanted).await, nothing)
    }

    /// Gives a stored file source its bytes again.
    pub async fn attach(&self, wanted: String, bytes: JsValue) -> JsResult {
        let work = async {
            let reader = sources::reader(&bytes, &self.config)?;
            self.workspace.attach(&wanted, reader).await
        };
        answer(work.await, nothing)
    }

    pub async fn info(&self, target: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async { self.workspace.info(&self.target(&target)?).await };
        call.finish(work, convert::to_js).await
    }

    pub async fn read(&self, target: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async {
            let (options, memory) = convert::read_options(&options)?;
            Ok((self.workspace.read(&self.target(&target)?, &options).await?, memory))
        };
        call.finish(work, |(reading, memory)| convert::reading(reading, memory.clone())).await
    }

    pub async fn statistics(&self, target: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async { self.workspace.statistics(&self.target(&target)?, &convert::options(&options)?).await };
        call.finish(work, convert::to_js).await
    }

    pub async fn point(&self, target: JsValue, x: f64, y: f64, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async { self.workspace.point(&self.target(&target)?, x, y, &convert::options(&options)?).await };
        call.finish(work, convert::to_js).await
    }

    #[wasm_bindgen(js_name = addGrid)]
    pub async fn add_grid(&self, definition: JsValue, options: JsValue) -> JsResult {
        let work = async {
            let name = convert::options::<GridOptions>(&options)?.name;
            self.workspace.add_grid(&convert::json(definition)?, name).await
        };
        answer(work.await, convert::grid)
    }

    pub async fn grids(&self) -> JsResult {
        let list = |records: &Vec<_>| records.iter().map(convert::grid).collect::<Result<Array>>().map(JsValue::from);
        answer(self.workspace.grid_descriptions().await, list)
    }

    #[wasm_bindgen(js_name = removeGrid)]
    pub async fn remove_grid(&self, wanted: String) -> JsResult {
        answer(self.workspace.remove_grid(&wanted).await, nothing)
    }

    pub async fn resample(&self, target: JsValue, grid: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let outcome = async {
            let (target, grid) = (self.target(&target)?, grid_input(grid)?);
            self.workspace.resample_for(&target, &grid, &convert::options(&options)?, &call).await
        };
        let outcome = outcome.await;
        let warnings = self.workspace.take_warnings();
        call.outcome(outcome, |result| convert::result(result, &warnings))
    }

    /// Bytes of a GeoTIFF of chunks of a square grid.
    pub async fn cog(&self, definition: JsValue, chunks: Array) -> JsResult {
        let work = || {
            let definition = convert::json(definition)?;
            if definition.get("digest").is_some() {
                return Err(not_square());
            }
            let grid = Grid::new(&GridDefinition::from_value(&definition)?)?;
            let chunks = chunks.iter().map(|chunk| convert::chunk(&grid, &chunk));
            cog(&grid, &chunks.collect::<Result<Vec<_>>>()?, self.config.memory_limit_bytes())
        };
        answer(work(), |bytes| Ok(Uint8Array::from(bytes.as_slice()).into()))
    }

    pub async fn explain(&self, target: JsValue, grid: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async {
            let (target, grid) = (self.target(&target)?, grid_input(grid)?);
            self.workspace.explain(&target, &grid, &convert::options(&options)?).await
        };
        call.finish(work, convert::to_js).await
    }

    /// What is good and bad about a file, and how to mend it.
    pub async fn examine(&self, target: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work = async { self.workspace.diagnose(&self.target(&target)?).await };
        call.finish(work, convert::to_js).await
    }

    /// Builds a source's tile index.
    pub async fn tile(&self, target: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let outcome = async {
            let target = self.target(&target)?;
            let on_progress = |progress| call.progress(progress);
            self.workspace.tile(&target, &convert::options(&options)?, &call.cancel, &on_progress).await
        };
        let outcome = outcome.await;
        call.outcome(outcome, convert::to_js)
    }

    /// Adds a task to the queue.
    pub async fn enqueue(&self, options: JsValue) -> JsResult {
        let work = async { self.workspace.enqueue(&convert::parse(options)?).await };
        answer(work.await, convert::task)
    }

    pub async fn tasks(&self, filter: JsValue) -> JsResult {
        let list = |tasks: &Vec<_>| tasks.iter().map(convert::task).collect::<Result<Array>>().map(JsValue::from);
        let work = async { self.workspace.tasks(&convert::options(&filter)?).await };
        answer(work.await, list)
    }

    #[wasm_bindgen(js_name = queueSummary)]
    pub async fn queue_summary(&self) -> JsResult {
        answer(self.workspace.queue_summary().await, convert::queue_summary)
    }

    /// Retries the tasks of these ids; every failed one where there is none.
    #[wasm_bindgen(js_name = retryTasks)]
    pub async fn retry_tasks(&self, ids: Vec<String>) -> JsResult {
        let list = |tasks: &Vec<_>| tasks.iter().map(convert::task).collect::<Result<Array>>().map(JsValue::from);
        answer(self.workspace.retry_tasks(&ids).await, list)
    }

    #[wasm_bindgen(js_name = cancelTasks)]
    pub async fn cancel_tasks(&self, ids: Vec<String>) -> JsResult {
        let list = |tasks: &Vec<_>| tasks.iter().map(convert::task).collect::<Result<Array>>().map(JsValue::from);
        answer(self.workspace.cancel_tasks(&ids).await, list)
    }

    /// Claims one task for a worker and brings it to its end.
    #[wasm_bindgen(js_name = runTask)]
    pub async fn run_task(&self, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let outcome = async { self.workspace.run_task(&convert::options(&options)?, &call).await };
        let outcome = outcome.await;
        call.outcome(outcome, convert::task_run)
    }

    /// Workers that have tasks.
    #[wasm_bindgen(js_name = queueWorkers)]
    pub async fn queue_workers(&self) -> JsResult {
        answer(self.workspace.queue_workers().await, convert::to_js)
    }

    /// Frees the tasks of workers that are known to be dead.
    #[wasm_bindgen(js_name = releaseWorkers)]
    pub async fn release_workers(&self, workers: Vec<String>) -> JsResult {
        answer(self.workspace.release_workers(&workers).await, convert::to_js)
    }

    #[wasm_bindgen(js_name = cacheStats)]
    pub async fn cache_stats(&self) -> JsResult {
        answer(self.workspace.cache_stats().await, convert::to_js)
    }

    #[wasm_bindgen(js_name = cleanCache)]
    pub async fn clean_cache(&self, options: JsValue) -> JsResult {
        let work = async { self.workspace.clean_cache(&convert::options(&options)?).await };
        answer(work.await, convert::to_js)
    }

    /// Stores values of a grid's cells as features.
    #[wasm_bindgen(js_name = addFeatures)]
    pub async fn add_features(&self, target: JsValue, grid: JsValue, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let outcome = async {
            let (target, grid) = (self.target(&target)?, grid_input(grid)?);
            let (request, feature) = (convert::options(&options)?, convert::options(&options)?);
            self.workspace.add_features(&target, &grid, &request, &feature, &call).await
        };
        let outcome = outcome.await;
        call.outcome(outcome, convert::to_js)
    }

    pub async fn features(&self) -> JsResult {
        answer(self.workspace.features().await, convert::to_js)
    }

    #[wasm_bindgen(js_name = removeFeature)]
    pub async fn remove_feature(&self, id: String) -> JsResult {
        answer(self.workspace.remove_feature(&id).await, nothing)
    }

    /// The stored features of a grid, a column each.
    #[wasm_bindgen(js_name = featureTable)]
    pub async fn feature_table(&self, grid: JsValue, options: JsValue) -> JsResult {
        let work = async { self.workspace.feature_table(&grid_input(grid)?, &convert::options(&options)?).await };
        answer(work.await, convert::feature_table)
    }

    pub async fn results(&self) -> JsResult {
        answer(self.workspace.results().await, convert::to_js)
    }

    #[wasm_bindgen(js_name = removeResult)]
    pub async fn remove_result(&self, id: String) -> JsResult {
        answer(self.workspace.remove_result(&id).await, nothing)
    }

    #[wasm_bindgen(js_name = mapTile)]
    pub async fn map_tile(&self, target: JsValue, z: u32, x: u32, y: u32, options: JsValue) -> JsResult {
        let call = Call::new(&options);
        let work =
            async { self.workspace.map_tile(&self.target(&target)?, z, x, y, &convert::options(&options)?).await };
        call.finish(work, convert::map_tile).await
    }

    /// Where rows are kept: `memory`, `indexeddb`, `sql`.
    #[wasm_bindgen(js_name = storeKind)]
    pub fn store_kind(&self) -> String {
        self.workspace.store_kind().to_owned()
    }

    /// What went wrong without stopping a call, since the last time that this was asked.
    pub fn warnings(&self) -> Vec<String> {
        self.workspace.take_warnings()
    }

    /// Threads that compute.
    pub fn threads(&self) -> usize {
        par::thread_count()
    }

    pub fn close(&self) {
        self.workspace.close();
    }

    fn target(&self, value: &JsValue) -> Result<Target> {
        sources::target(value, &self.config)
    }
}

#[derive(Debug, Default, serde::Deserialize)]
struct GridOptions {
    name: Option<String>,
}

async fn open(options: &JsValue) -> Result<Engine> {
    let read = |name: &str| js_sys::Reflect::get(options, &name.into()).unwrap_or_default();
    let config: Config = convert::options(&read("config"))?;
    let open_file = read("openFile").dyn_into::<js_sys::Function>().ok();
    let host = Rc::new(JsHost { config: config.clone(), open_file });
    let name = read("name").as_string().unwrap_or_else(|| "default".to_owned());
    let (store, warning) = open_store(&read("store"), name, host.now_ms()).await?;
    let workspace = Workspace::open(store, host, config.clone()).await?;
    if let Some(warning) = warning {
        workspace.warn(warning);
    }
    Ok(Engine { workspace, config })
}

async fn open_store(store: &JsValue, name: String, now_ms: f64) -> Result<(Rc<dyn Store>, Option<String>)> {
    match store.as_string().as_deref() {
        Some("memory") => Ok((Rc::new(MemoryStore::new()), None)),
        Some("indexeddb") => match IndexedDbStore::open(format!("cogrid:{name}")).await {
            Ok(store) => Ok((Rc::new(store), None)),
            Err(error) if error.code() == Code::StoreUnavailable => {
                let warning = format!("sources and results are kept in memory only: {}", error.message());
                Ok((Rc::new(MemoryStore::new()), Some(warning)))
            }
            Err(error) => Err(error),
        },
        None if store.is_object() => {
            let connection: SqlConnection = store.clone().unchecked_into();
            Ok((Rc::new(SqlStore::open(connection, now_ms).await?), None))
        }
        _ => Err(errors::argument("store \"memory\", \"indexeddb\" or a SQL connection", errors::text_of(store))),
    }
}

fn grid_input(value: JsValue) -> Result<GridInput> {
    match value.as_string() {
        Some(wanted) => Ok(GridInput::Ref(wanted)),
        None => Ok(GridInput::Definition(convert::json(value)?)),
    }
}

fn answer<T>(outcome: Result<T>, convert: impl FnOnce(&T) -> Result<JsValue>) -> JsResult {
    outcome.and_then(|value| convert(&value)).map_err(|error| errors::to_js(&error))
}

#[expect(clippy::trivially_copy_pass_by_ref, clippy::unnecessary_wraps, reason = "the shape of a converter")]
fn nothing(_: &()) -> Result<JsValue> {
    Ok(JsValue::UNDEFINED)
}
