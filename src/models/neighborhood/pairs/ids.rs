//! What stands for a row.

/// A row's number, in as few bytes as do: they are what is read most.
pub(super) trait Id: Copy + Default + Send + Sync {
    /// So many rows have one.
    const MOST: usize;

    fn of(number: usize) -> Self;

    fn at(self) -> usize;
}

macro_rules! id {
    ($id:ty) => {
        impl Id for $id {
            const MOST: usize = <$id>::MAX as usize + 1;

            #[inline(always)]
            fn of(number: usize) -> Self {
                number as $id
            }

            #[inline(always)]
            fn at(self) -> usize {
                self as usize
            }
        }
    };
}

id!(u16);
id!(u32);
