//! Object stores behind the cold tier: where they are, how they are reached, what
//! they are asked.
//!
//! A [`Place`] says where; [`open`] makes an object store of it, and one wrapper
//! around that ([`Metered`]) counts every request, sends large objects in parts
//! and keeps credentials out of errors.

mod conflict;
mod connect;
#[cfg_attr(
    not(any(feature = "s3", feature = "gcs", feature = "azure")),
    expect(
        dead_code,
        reason = "only what is asked over a network has secrets and fails to be reached"
    )
)]
mod failure;
mod metered;
mod on_runtime;
mod options;
mod parts;
mod place;
mod probe;
mod ranges;
mod remembered;
#[cfg_attr(
    all(
        not(test),
        not(any(feature = "s3", feature = "gcs", feature = "azure"))
    ),
    expect(
        dead_code,
        reason = "only what is asked over a network has secrets and fails to be reached"
    )
)]
mod secrets;
mod settings;
mod usage;

use std::sync::Arc;

use object_store::ObjectStore;

pub(crate) use failure::cause;
pub(crate) use failure::unusable;
pub(crate) use metered::Metered;
use on_runtime::OnRuntime;
pub(crate) use options::Options;
pub use options::is_plain_cold_option;
pub(crate) use place::Place;
pub(crate) use probe::{is_probe, probe};
pub(crate) use remembered::Remembered;
pub use settings::ObjectStoreSettings;
pub(crate) use usage::Usage;
pub use usage::{ObjectOp, RequestStats};

use crate::cold::ColdStore;
use crate::env::Env;
use crate::error::{Error, Result};
use secrets::Secrets;

/// An object store and what has to be known of it.
pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    /// As errors name it.
    name: String,
    secrets: Secrets,
    usage: Arc<Usage>,
    /// Across a network: near ranges are joined, large objects go in parts.
    network: Option<ObjectStoreSettings>,
}

/// One that the program brings itself.
impl From<Arc<dyn ObjectStore>> for Objects {
    fn from(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            name: store.to_string(),
            store,
            secrets: Secrets::default(),
            usage: Arc::default(),
            network: None,
        }
    }
}

impl Objects {
    /// One that the program brings itself, and that is across a network.
    pub(crate) fn remote(store: Arc<dyn ObjectStore>, settings: &ObjectStoreSettings) -> Self {
        let name = store.to_string();
        Self {
            name,
            store: on_runtime(store, settings),
            secrets: Secrets::default(),
            usage: Arc::default(),
            network: Some(settings.clone()),
        }
    }

    pub(crate) fn is_remote(&self) -> bool {
        self.network.is_some()
    }
}

/// The same store, asked by tasks of the runtime, if there is one.
fn on_runtime(store: Arc<dyn ObjectStore>, settings: &ObjectStoreSettings) -> Arc<dyn ObjectStore> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => Arc::new(OnRuntime::new(store, runtime, settings.clone())),
        // Clients of networks need one; this is another kind.
        Err(_) => store,
    }
}

/// The object store at `place`. Nothing is asked of it yet. Blocks, for the sake of
/// local directories and certificates.
pub(crate) fn open(
    env: &Env,
    own: &std::path::Path,
    place: &Place,
    options: &Options,
    settings: &ObjectStoreSettings,
    usage: &Arc<Usage>,
) -> Result<Objects> {
    let dir = match place {
        Place::Bucket(bucket) => return connect::connect(bucket, options, settings, usage),
        Place::Folder(dir) => dir.as_path(),
        Place::Own => own,
    };
    if !options.is_empty() {
        return Err(Error::invalid(format!(
            "options of an object store were given, but the cold tier is the folder `{}`; \
             give the URL of a bucket, or no options",
            dir.display()
        )));
    }
    let objects = Objects::from(ColdStore::local(env, dir)?);
    Ok(Objects {
        usage: Arc::clone(usage),
        ..objects
    })
}
