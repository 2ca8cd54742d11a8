//! What a command says. Whoever listened may be gone (`guildhall model matrix standard | head`): what is done goes on, unheard.

use std::{fmt, io::Write};

/// A line to standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::print::line(std::io::stdout(), format_args!($($text)*)) };
}
/// A line to standard error.
macro_rules! complain {
    ($($text:tt)*) => { $crate::print::line(std::io::stderr(), format_args!($($text)*)) };
}

pub(crate) fn line(mut to: impl Write, text: fmt::Arguments<'_>) {
    let _ = writeln!(to, "{text}");
}
