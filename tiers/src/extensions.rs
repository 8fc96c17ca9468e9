//! Values that other crates keep with a store.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

/// A map with at most one value of each type, living as long as the store. The
/// SQL engine keeps its database here.
#[derive(Default)]
pub struct Extensions {
    values: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Extensions {
    /// The value of type `T`, made by `init` if there is none yet. `init` runs
    /// under the map's lock and must not use the map.
    ///
    /// # Errors
    /// Whatever `init` says; the map is then unchanged.
    ///
    /// ```
    /// use thermocline_tiers::Extensions;
    ///
    /// let extensions = Extensions::default();
    /// let seven = extensions.get_or_try_init(|| Ok::<u32, ()>(7)).unwrap();
    /// let again = extensions.get_or_try_init(|| Ok::<u32, ()>(8)).unwrap();
    /// assert_eq!((*seven, *again), (7, 7));
    /// ```
    pub fn get_or_try_init<T, E>(&self, init: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E>
    where
        T: Any + Send + Sync,
    {
        let mut values = self.values.lock();
        if let Some(found) = values.get(&TypeId::of::<T>())
            && let Ok(found) = Arc::clone(found).downcast::<T>()
        {
            return Ok(found);
        }
        let value = Arc::new(init()?);
        let shared: Arc<dyn Any + Send + Sync> = Arc::clone(&value) as _;
        values.insert(TypeId::of::<T>(), shared);
        Ok(value)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions")
            .field("len", &self.values.lock().len())
            .finish()
    }
}
