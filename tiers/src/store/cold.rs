//! Which object store the cold tier of a store is in: the one that was given, or the
//! one that the store's directory remembers.

use std::sync::Arc;

use object_store::ObjectStore;

use super::builder::StoreBuilder;
use crate::cold::{self, ColdStore, Objects, Options, Place, RangeCache, Remembered, Usage};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::Layout;
use crate::manifest::{Home, State};

/// What the program says about the cold tier.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) at: At,
    pub(super) options: Options,
}

#[derive(Debug, Default)]
pub(super) enum At {
    /// Where the store remembers it.
    #[default]
    Remembered,
    Place(Place),
    /// What the program brings itself, across a network.
    Remote(Arc<dyn ObjectStore>),
    /// What was given is no place; opening says so.
    Nowhere(Error),
    Objects(Arc<dyn ObjectStore>),
}

/// The cold tier that a store is opened with.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) store: ColdStore,
    /// The same place, for a first contact that somebody waits for.
    first: Option<ColdStore>,
    own: bool,
    before: Place,
    change: Option<Remembered>,
}

/// Finds the place and makes a client for it. Asks nothing of it yet; blocks.
pub(super) fn choose(builder: &mut StoreBuilder) -> Result<Chosen> {
    let Given { at, options } = std::mem::take(&mut builder.cold);
    let StoreBuilder {
        env,
        layout,
        settings,
        ..
    } = builder;
    let kept = Remembered::load(env, layout)?;
    let cache = settings.cold_cache_bytes;
    let disk = || RangeCache::new(env, layout.cache(), settings.cold_disk_cache_bytes);
    let place = match at {
        At::Nowhere(error) => return Err(error),
        At::Objects(objects) => {
            return Ok(Chosen::brought(ColdStore::new(objects, cache), kept));
        }
        At::Remote(objects) => {
            let objects = Objects::remote(objects, &settings.object_store);
            let store = ColdStore::new(objects, cache).with_disk_cache(disk());
            return Ok(Chosen::brought(store, kept));
        }
        At::Place(place) => normal(place, layout),
        At::Remembered => kept.place.clone(),
    };
    let options = if place == kept.place {
        options.or(&kept.options)
    } else {
        options
    };
    let usage = Arc::<Usage>::default();
    let open = |network: &_, cache| -> Result<ColdStore> {
        let objects = cold::open(env, &layout.cold(), &place, &options, network, &usage)?;
        let remote = objects.is_remote();
        let store = ColdStore::new(objects, cache);
        Ok(if remote {
            store.with_disk_cache(disk())
        } else {
            store
        })
    };
    let network = &settings.object_store;
    let first = match &place {
        Place::Bucket(_) => Some(open(&network.impatient(), 0)?),
        Place::Folder(_) | Place::Own => None,
    };
    let store = open(network, cache)?;
    let now = Remembered::new(place, &options);
    Ok(Chosen {
        store,
        first,
        own: now.place == Place::Own,
        before: kept.place.clone(),
        change: (now != kept).then_some(now),
    })
}

/// The store's own folder by its other name.
fn normal(place: Place, layout: &Layout) -> Place {
    match place {
        Place::Folder(dir) if std::path::absolute(layout.cold()).is_ok_and(|own| own == dir) => {
            Place::Own
        }
        other => other,
    }
}

impl Chosen {
    /// One that the program brings itself; it is not remembered.
    fn brought(store: ColdStore, kept: Remembered) -> Self {
        Self {
            first: Some(store.clone()),
            store,
            own: false,
            before: kept.place,
            change: None,
        }
    }

    /// Makes sure that the place can be used, and keeps its word.
    pub(super) async fn probe(&self, env: &Env) -> Result<()> {
        match &self.first {
            Some(first) => first.probe(env.ids.segment(env.clock.now())).await,
            None => Ok(()),
        }
    }

    /// Refuses another place for a store that has tables: their cold rows are where they are.
    pub(super) fn check(&self, state: &State) -> Result<()> {
        match &self.change {
            Some(change) if change.place != self.before && !state.tables.is_empty() => {
                Err(Error::new(
                    ErrorKind::InvalidInput,
                    format!(
                        "the cold tier of this store is in `{}`, not in `{}`; open it without naming \
                         a place, or copy its tables into a new store",
                        self.before, change.place
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Makes sure that the place belongs to this store.
    pub(super) async fn claim(&self, state: &State) -> Result<()> {
        // In the store's own folder nothing else can be meant.
        if !self.own && has_cold_rows(state) {
            return self.recognise(state).await;
        }
        self.store.claim(state.store).await
    }

    /// Makes sure that the cold rows of this store are in this place.
    pub(super) async fn recognise(&self, state: &State) -> Result<()> {
        if self.own || !has_cold_rows(state) {
            return Ok(());
        }
        self.first
            .as_ref()
            .unwrap_or(&self.store)
            .recognise(state.store)
            .await
    }

    /// What the store's directory has to remember from now on.
    pub(super) fn take_change(&mut self) -> Option<Remembered> {
        self.change.take()
    }
}

fn has_cold_rows(state: &State) -> bool {
    let mut segments = state.tables.values().flat_map(|t| t.segments.values());
    segments.any(|segment| matches!(segment.home, Home::Cold(_)))
}
