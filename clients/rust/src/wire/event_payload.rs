//! What events say, each by its name.

/// Declares an enum with the message of each event, and one more value for an event that it does not know.
#[macro_export]
#[doc(hidden)]
macro_rules! event_payload {
    (
        $(#[$about:meta])*
        pub enum $name:ident of $names:ident or $unknown:ident { $($(#[$told:meta])* $variant:ident($of:ty),)* }
    ) => {
        $(#[$about])*
        // It is taken apart where it comes.
        #[allow(clippy::large_enum_variant)]
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$told])* $variant($of),)*
            /// What an event says that this version does not know.
            $unknown(serde_json::Map<String, serde_json::Value>),
        }

        impl $name {
            /// What the event of that name says.
            pub(crate) fn of(name: &$names, members: serde_json::Map<String, serde_json::Value>) -> Result<Self, serde_json::Error> {
                match name {
                    $($names::$variant => serde_json::from_value(serde_json::Value::Object(members)).map(Self::$variant),)*
                    _ => Ok(Self::$unknown(members)),
                }
            }

            /// The same where there may be none.
            #[allow(dead_code)]
            pub(crate) fn if_any(
                name: Option<&$names>,
                members: Option<serde_json::Map<String, serde_json::Value>>,
            ) -> Result<Option<Self>, serde_json::Error> {
                match (name, members) {
                    (_, None) => Ok(None),
                    (Some(name), Some(members)) => Self::of(name, members).map(Some),
                    (None, Some(members)) => Ok(Some(Self::$unknown(members))),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(one) => one.serialize(to),)*
                    Self::$unknown(members) => members.serialize(to),
                }
            }
        }
    };
}
