//! A queue of objects and their bytes, reached at both ends and by object, each in O(1).

use super::map::Map;

/// No slot.
const NIL: usize = usize::MAX;

/// An object in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<V> {
    pub(super) object: u64,
    pub(super) bytes: u64,
    pub(super) value: V,
}

/// A doubly linked list in a slab, with a map from object to slot.
///
/// The front is the newest end, the back the oldest.
#[derive(Debug)]
pub(super) struct Queue<V> {
    places: Map<usize>,
    slots: Vec<Slot<V>>,
    free: Vec<usize>,
    newest: usize,
    oldest: usize,
    bytes: u64,
}

#[derive(Debug)]
struct Slot<V> {
    entry: Entry<V>,
    newer: usize,
    older: usize,
}

impl<V> Default for Queue<V> {
    fn default() -> Self {
        Self {
            places: Map::default(),
            slots: Vec::new(),
            free: Vec::new(),
            newest: NIL,
            oldest: NIL,
            bytes: 0,
        }
    }
}

impl<V: Copy> Queue<V> {
    /// The sum of the objects' bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn contains(&self, object: u64) -> bool {
        self.places.contains_key(&object)
    }

    pub(super) fn get(&self, object: u64) -> Option<&Entry<V>> {
        self.slot(*self.places.get(&object)?)
    }

    /// The object's value, to be changed.
    pub(super) fn value_mut(&mut self, object: u64) -> Option<&mut V> {
        let place = *self.places.get(&object)?;
        self.slots.get_mut(place).map(|slot| &mut slot.entry.value)
    }

    /// The object at the back.
    pub(super) fn oldest(&self) -> Option<&Entry<V>> {
        self.slot(self.oldest)
    }

    /// The object one step nearer to the front.
    pub(super) fn newer_than(&self, object: u64) -> Option<&Entry<V>> {
        let place = *self.places.get(&object)?;
        self.slot(self.slots.get(place)?.newer)
    }

    /// The objects from the back to the front.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = &Entry<V>> {
        let mut place = self.oldest;
        std::iter::from_fn(move || {
            let slot = self.slots.get(place)?;
            place = slot.newer;
            Some(&slot.entry)
        })
    }

    /// Puts the object at the front, whether it was in the queue or not.
    pub(super) fn push(&mut self, object: u64, bytes: u64, value: V) {
        self.remove(object);
        let slot = Slot {
            entry: Entry {
                object,
                bytes,
                value,
            },
            newer: NIL,
            older: NIL,
        };
        let place = match self.free.pop() {
            Some(place) => place,
            None => self.slots.len(),
        };
        match self.slots.get_mut(place) {
            Some(old) => *old = slot,
            None => self.slots.push(slot),
        }
        self.places.insert(object, place);
        self.bytes += bytes;
        self.link_newest(place);
    }

    /// Moves the object to the front; false if it isn't here.
    pub(super) fn touch(&mut self, object: u64) -> bool {
        let Some(&place) = self.places.get(&object) else {
            return false;
        };
        if place != self.newest {
            self.unlink(place);
            self.link_newest(place);
        }
        true
    }

    /// Takes the object at the back.
    pub(super) fn pop(&mut self) -> Option<Entry<V>> {
        let object = self.oldest()?.object;
        self.remove(object)
    }

    /// Takes the object from wherever it is.
    pub(super) fn remove(&mut self, object: u64) -> Option<Entry<V>> {
        let place = self.places.remove(&object)?;
        self.unlink(place);
        self.free.push(place);
        let entry = self.slots.get(place)?.entry;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    fn slot(&self, place: usize) -> Option<&Entry<V>> {
        self.slots.get(place).map(|slot| &slot.entry)
    }

    fn link_newest(&mut self, place: usize) {
        let second = std::mem::replace(&mut self.newest, place);
        if let Some(slot) = self.slots.get_mut(place) {
            slot.newer = NIL;
            slot.older = second;
        }
        match self.slots.get_mut(second) {
            Some(slot) => slot.newer = place,
            None => self.oldest = place,
        }
    }

    fn unlink(&mut self, place: usize) {
        let Some((newer, older)) = self.slots.get(place).map(|slot| (slot.newer, slot.older))
        else {
            return;
        };
        match self.slots.get_mut(newer) {
            Some(slot) => slot.older = older,
            None => self.newest = older,
        }
        match self.slots.get_mut(older) {
            Some(slot) => slot.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Push(u64, u64),
        Touch(u64),
        Remove(u64),
        Pop,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..12_u64, 0..9_u64).prop_map(|(object, bytes)| Step::Push(object, bytes)),
            (0..12_u64).prop_map(Step::Touch),
            (0..12_u64).prop_map(Step::Remove),
            Just(Step::Pop),
        ]
    }

    proptest! {
        #[test]
        fn it_is_a_list_of_distinct_objects(steps in prop::collection::vec(step(), 0..200)) {
            let mut queue = Queue::default();
            // Oldest first.
            let mut model: Vec<(u64, u64)> = Vec::new();
            for step in steps {
                match step {
                    Step::Push(object, bytes) => {
                        model.retain(|(o, _)| *o != object);
                        model.push((object, bytes));
                        queue.push(object, bytes, ());
                    }
                    Step::Touch(object) => {
                        let found = model.iter().position(|(o, _)| *o == object);
                        prop_assert_eq!(queue.touch(object), found.is_some());
                        if let Some(found) = found {
                            let entry = model.remove(found);
                            model.push(entry);
                        }
                    }
                    Step::Remove(object) => {
                        let found = model.iter().position(|(o, _)| *o == object);
                        let bytes = queue.remove(object).map(|e| e.bytes);
                        prop_assert_eq!(bytes, found.map(|at| model.remove(at).1));
                    }
                    Step::Pop => {
                        let first = (!model.is_empty()).then(|| model.remove(0).0);
                        prop_assert_eq!(queue.pop().map(|e| e.object), first);
                    }
                }
                let seen: Vec<_> = queue.oldest_first().map(|e| (e.object, e.bytes)).collect();
                prop_assert_eq!(&seen, &model);
                prop_assert_eq!(queue.bytes(), model.iter().map(|(_, b)| b).sum::<u64>());
                for pair in model.windows(2) {
                    prop_assert_eq!(queue.newer_than(pair[0].0).map(|e| e.object), Some(pair[1].0));
                }
                if let Some(last) = model.last() {
                    prop_assert!(queue.newer_than(last.0).is_none());
                }
            }
        }
    }
}
