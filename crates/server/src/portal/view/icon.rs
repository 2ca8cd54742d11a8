//! The icons that views choose; templates name others themselves. Each is a symbol of `assets/icons.svg`.

macro_rules! icons {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Icon { $($variant),+ }

        impl Icon {
            /// Every icon, for the test that looks for them in the sprite.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The symbol's id.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

icons! {
    Bell = "bell",
    Billing = "credit-card",
    Organization = "network",
    Clock = "clock",
    Copy = "copy",
    Credits = "coins",
    Device = "monitor",
    Drive = "database",
    Fingerprint = "fingerprint-pattern",
    Globe = "globe",
    House = "house",
    Inbox = "inbox",
    Key = "key-round",
    Lock = "lock",
    Log = "scroll-text",
    Mail = "mail",
    Pencil = "pencil",
    People = "users",
    Person = "user",
    Phone = "smartphone",
    Plus = "plus",
    Policy = "shield-check",
    Resource = "boxes",
    Route = "waypoints",
    Search = "search",
    Settings = "sliders-horizontal",
    Shield = "shield",
    SignOut = "log-out",
    Team = "users-round",
    Trash = "trash-2",
    Usage = "chart-column",
    UserPlus = "user-plus",
    Workspaces = "layout-grid",
}
