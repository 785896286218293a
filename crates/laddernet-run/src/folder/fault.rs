//! Where a process may be killed: after each change of the disk. A test copies the disk at each of these points, and resumes from
//! every copy; elsewhere this is nothing.

/// A change of the disk was made. A process that is killed here leaves the disk as it is now.
pub(crate) fn changed() {
    #[cfg(test)]
    watching::call();
}

#[cfg(test)]
pub(crate) use watching::watch;

#[cfg(test)]
mod watching {
    use std::cell::RefCell;

    type Hook = Box<dyn FnMut()>;

    thread_local! {
        static HOOK: RefCell<Option<Hook>> = const { RefCell::new(None) };
    }

    /// Calls `hook` after each change of the disk that this thread makes in `work`.
    pub(crate) fn watch<T>(hook: impl FnMut() + 'static, work: impl FnOnce() -> T) -> T {
        HOOK.with(|own| *own.borrow_mut() = Some(Box::new(hook)));
        let result = work();
        HOOK.with(|own| *own.borrow_mut() = None);
        result
    }

    pub(super) fn call() {
        // Taken while it runs, so that its own changes of the disk are none.
        let hook = HOOK.with(|own| own.borrow_mut().take());
        if let Some(mut hook) = hook {
            hook();
            HOOK.with(|own| *own.borrow_mut() = Some(hook));
        }
    }
}
