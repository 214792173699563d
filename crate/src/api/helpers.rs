//! Other engines, each in a worker of its own, that JavaScript asks for us.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use super::convert;
use super::errors;
use crate::engine::{Helped, Helpers, Job, Listener};
use crate::error::Result;
use crate::grid::{Grid, GridDefinition};
use crate::resample::Team;

/// `{ count, running, compute(job, { onChunk, onProgress, signal }) }`: `compute` gives a promise of what the job took.
#[derive(Debug)]
pub(super) struct JsHelpers {
    object: Object,
    team: Team,
    compute: Function,
}

impl JsHelpers {
    /// `None` where the value is not of that kind.
    pub fn of(value: &JsValue) -> Option<Self> {
        let object = value.dyn_ref::<Object>()?.clone();
        let read = |name: &str| Reflect::get(&object, &name.into()).ok();
        let count = read("count")?.as_f64().filter(|count| *count >= 1.0)? as usize;
        let running = read("running")?.as_f64().unwrap_or(0.0) as usize;
        let compute = read("compute")?.dyn_into::<Function>().ok()?;
        Some(Self { object, team: Team { count, running }, compute })
    }

    async fn ask(&self, job: &Job, listener: &dyn Listener) -> Result<Helped> {
        let grid = Grid::new(&GridDefinition::from_value(&job.grid)?)?;
        let heard = Rc::new(Heard::default());
        let hear = |wrap: fn(JsValue) -> News| {
            let heard = Rc::clone(&heard);
            Closure::<dyn FnMut(JsValue)>::new(move |value| heard.push(wrap(value)))
        };
        let (on_chunk, on_progress) = (hear(News::Chunk), hear(News::Progress));
        let stop = Stop(AbortController::new().ok());
        let hooks = Object::new();
        for (name, hook) in [
            ("onChunk", on_chunk.as_ref().clone()),
            ("onProgress", on_progress.as_ref().clone()),
            ("signal", stop.0.as_ref().map_or(JsValue::UNDEFINED, |controller| controller.signal().into())),
        ] {
            // Setting a property of an object that was just made can't fail.
            let _ = Reflect::set(&hooks, &name.into(), &hook);
        }
        let job = convert::to_js(job)?;
        let promise = self.compute.call2(&self.object, &job, &hooks).map_err(|thrown| errors::from_js(&thrown))?;
        let mut answer = JsFuture::from(Promise::resolve(&promise));
        let taken = poll_fn(|context| {
            heard.wake_by(context.waker());
            while let Some(news) = heard.next() {
                if let Err(error) = tell(listener, &grid, news) {
                    return Poll::Ready(Err(error));
                }
            }
            answer.poll_unpin(context).map_err(|thrown| errors::from_js(&thrown))
        });
        let taken = taken.await?;
        // Chunks that came with the answer.
        while let Some(news) = heard.next() {
            tell(listener, &grid, news)?;
        }
        stop.disarm();
        convert::from_js(taken)
    }
}

impl Helpers for JsHelpers {
    fn team(&self) -> Team {
        self.team
    }

    fn compute<'a>(&'a self, job: Job, listener: &'a dyn Listener) -> LocalBoxFuture<'a, Result<Helped>> {
        async move { self.ask(&job, listener).await }.boxed_local()
    }
}

/// What a helper says.
enum News {
    /// Part of an answer, with one chunk.
    Chunk(JsValue),
    Progress(JsValue),
}

fn tell(listener: &dyn Listener, grid: &Grid, news: News) -> Result<()> {
    match news {
        News::Chunk(part) => listener.chunk(convert::chunk_of_part(grid, &part)?),
        News::Progress(progress) => {
            listener.progress(convert::from_js(progress)?);
            Ok(())
        }
    }
}

/// What was said and not yet listened to.
#[derive(Default)]
struct Heard {
    news: RefCell<VecDeque<News>>,
    waiting: Cell<Option<Waker>>,
}

impl Heard {
    fn push(&self, news: News) {
        self.news.borrow_mut().push_back(news);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }

    fn next(&self) -> Option<News> {
        self.news.borrow_mut().pop_front()
    }

    fn wake_by(&self, waker: &Waker) {
        self.waiting.set(Some(waker.clone()));
    }
}

/// Stops the helper when nobody waits for it any more.
struct Stop(Option<AbortController>);

impl Stop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }
}
