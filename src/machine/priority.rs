//! Which threads give way where the processor is short: a person who looks at pictures goes before work in the background.

/// As `nice` counts on Linux: such a thread gets about a tenth of what another of the same core gets, and all of it while no
/// other wants it.
#[cfg(target_os = "linux")]
const GIVING_WAY: i32 = 10;

/// Lets the calling thread, and those that it starts from now on, give way to others. It cannot be taken back. On other
/// systems than Linux, where priorities of threads are set in other ways, nothing changes.
pub fn give_way() {
    // Where the system does not allow it, the thread works as others do.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, GIVING_WAY);
}

/// Lets the threads that share out tensor work give way, too. It has to come before the first of such work; afterwards
/// nothing changes.
pub fn compute_gives_way() {
    let _ = rayon::ThreadPoolBuilder::new().start_handler(|_| give_way()).build_global();
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_gives_way_with_those_it_starts_and_no_other_does() {
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        let named = || std::thread::Builder::new().name("gives way".into());
        let within = named().spawn(move || {
            give_way();
            (own(), named().spawn(own).unwrap().join().unwrap())
        });
        assert_eq!(within.unwrap().join().unwrap(), (GIVING_WAY.max(before), GIVING_WAY.max(before)));
        assert_eq!(own(), before);
    }
}
