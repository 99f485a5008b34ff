//! What the index lists under one heading, page by page, in order. Must not know what an item is about.

use crate::answer::Failure;
use crate::registry::table::{Item, Table};
use cutover::registry::Key;
use std::collections::VecDeque;

/// Pages under one heading: a million items are some thousands of them.
const PAGES_MAX: usize = 20_000;

/// A place in the list.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    table: &'a Table,
    under: String,
    after: Option<String>,
    from: Option<Item>,
    page: VecDeque<Item>,
    pages: usize,
    ended: bool,
}

/// A text attribute of an item.
pub(super) fn text<'i>(item: &'i Item, name: &str) -> Option<&'i str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// The key of an item.
pub(super) fn key_of(item: &Item) -> Key {
    let of = |name| text(item, name).unwrap_or_default().to_owned();
    Key { pk: of("pk"), sk: of("sk") }
}

impl<'a> Shelf<'a> {
    /// From the first item after `after` on.
    pub(super) fn new(table: &'a Table, under: String, after: Option<String>) -> Self {
        Self { table, under, after, from: None, page: VecDeque::new(), pages: 0, ended: false }
    }

    /// The next item, which stays where it is.
    pub(super) async fn front(&mut self) -> Result<Option<&Item>, Failure> {
        while self.page.is_empty() && !self.ended {
            let page = self.table.listed_after(&self.under, self.after.as_deref(), self.from.take()).await?;
            self.pages += 1;
            self.ended = page.next.is_none() || self.pages >= PAGES_MAX;
            self.page = page.items.into();
            self.from = page.next;
        }
        Ok(self.page.front())
    }

    /// The next item, taken out. Empty until [`front`](Self::front) has shown one.
    pub(super) fn take(&mut self) -> Option<Item> {
        self.page.pop_front()
    }
}
