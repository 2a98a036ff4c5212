//! Threads that make what is on screen: pictures, thumbnails, heat maps, previews, headers, values read off them.

pub(in crate::session) mod header;
pub(in crate::session) mod heat;
pub(in crate::session) mod lru;
pub(in crate::session) mod picture;
pub(in crate::session) mod preview;
pub(in crate::session) mod sources;
pub(in crate::session) mod thumbnail;
pub(in crate::session) mod values;
pub(in crate::session) mod worker;
