//! A cache that forgets what was used longest ago once it holds too many bytes.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key with their sizes; never holds more than its budget, but always at least the newest value.
pub struct Lru<K, V> {
    entries: HashMap<K, Entry<V>>,
    budget: usize,
    bytes: usize,
    clock: u64,
}

struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Hash + Eq + Clone, V: Clone> Lru<K, V> {
    /// An empty cache for so many bytes.
    pub fn new(budget: usize) -> Self {
        Self { entries: HashMap::new(), budget, bytes: 0, clock: 0 }
    }

    /// The value, which now counts as used last.
    pub fn get(&mut self, key: &K) -> Option<V> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        Some(entry.value.clone())
    }

    /// Whether the value is there; does not count as use.
    pub fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// The value used last among those whose key passes.
    pub fn newest(&self, test: impl Fn(&K) -> bool) -> Option<V> {
        self.entries.iter().filter(|(k, _)| test(k)).max_by_key(|(_, e)| e.used).map(|(_, e)| e.value.clone())
    }

    /// Keeps a value of this size and forgets others where there is no room.
    pub fn put(&mut self, key: K, value: V, bytes: usize) {
        self.clock += 1;
        if let Some(old) = self.entries.insert(key, Entry { value, bytes, used: self.clock }) {
            self.bytes -= old.bytes;
        }
        self.bytes += bytes;
        while self.bytes > self.budget && self.entries.len() > 1 {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, e)| e.used).map(|(k, _)| k.clone()) else { return };
            if let Some(gone) = self.entries.remove(&oldest) {
                self.bytes -= gone.bytes;
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_what_was_used_longest_ago() {
        let mut cache = Lru::new(10);
        cache.put(1, "a", 4);
        cache.put(2, "b", 4);
        assert_eq!(cache.get(&1), Some("a"));
        cache.put(3, "c", 4);
        assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some("a"), None, Some("c")));
        cache.put(4, "too large", 50);
        assert!(cache.contains(&4) && !cache.contains(&3));
        cache.put(4, "small", 1);
        cache.put(5, "e", 9);
        assert!(cache.contains(&4) && cache.contains(&5));
        assert_eq!(cache.newest(|k| *k < 5), Some("small"));
    }
}
